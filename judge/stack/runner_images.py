"""Has the Docker sandbox's runner images built when a stack is about to start and an engine answers.

That is work of the sandboxes package, done in a process of its own: the demo must not hold Docker's
library, and a failure there only means that the local sandbox is used.
"""

import subprocess
import sys
from collections.abc import Callable

from judge.settings import Settings
from judge.stack.isolation import RUNNER_IMAGES, docker_findings

# What the catalogue's problems need.
NEEDED = ("python", "python-ml", "cpp", "java", "node")
FIRST_BUILD = "building the runner images: about 800 MB to download, 3.1 GB on disk, some three minutes"


def ensure_images(settings: Settings, say: Callable[[str], None]) -> bool:
    """Build missing or outdated runner images. Returns whether the Docker sandbox can be used."""
    if settings.sandbox == "local":
        return False
    engine, *others = docker_findings()
    if engine.level != "ok":
        say(f"Docker: {engine.text}; the local sandbox will be used, which is weaker")
        return False
    if not any(one.subject == RUNNER_IMAGES and one.level == "ok" for one in others):
        say(FIRST_BUILD)
    done = subprocess.run(  # noqa: S603 - our own module and the names above
        [sys.executable, "-m", "sandboxes.docker.images", *NEEDED],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        say(f"Docker: the runner images could not be built; the local sandbox will be used. {reason}")
        return False
    say(f"Docker: {engine.text}, the runner images are up to date")
    return True
