"""Installs what the tests need beside Python, runs all of them, and leaves the machine as it was found.

As root it installs missing Debian packages and starts a Docker engine when none answers (and stops that
one again). Anybody else is told, before and after, what could not be tested here and what would change
that. In CI nothing may be left out: what is missing there is an error.

    .venv/bin/python infra/install/run_tests.py [pytest arguments]
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKER_SOCKET = "/var/run/docker.sock"
DOCKER_LOG = ROOT / ".judge" / "dockerd.log"
ENGINE_START_S = 60.0
MAX_WORKERS = 8
CDI_SINCE = 25  # the first engine that can be asked for devices by CDI names
# program that shows that a package is there → Debian package
NEEDED = {
    "dockerd": "docker.io",
    "mmdebstrap": "mmdebstrap",
    "curl": "curl",
    "g++": "g++",  # brings gcc: hostile and ordinary programs in C and C++
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
}
APT_NOTICE = "About 400 MB are downloaded and 1.3 GB unpacked when all of them are missing."


def main() -> int:
    """Prepare, test, clean up. Returns pytest's exit code."""
    absent = missing_packages()
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        install(absent)
        absent = missing_packages()
    with docker_engine() as answers:
        has_engine = answers and build_images()
        left_out = untestable(has_engine=has_engine, has_browser=shutil.which("chromium") is not None)
        if left_out and os.environ.get("CI"):
            tell(left_out, absent)
            return 1
        tell(left_out, absent)
        code = run_pytest(list(left_out), sys.argv[1:])
        tell(left_out, absent)
    return code


def missing_packages() -> list[str]:
    """Return the Debian packages whose program or file is not here."""
    return [name for probe, name in NEEDED.items() if not (shutil.which(probe) or Path(probe).exists())]


def install(packages: list[str]) -> None:
    """Install Debian packages without questions."""
    say(f"installing Debian packages: {' '.join(packages)}. {APT_NOTICE}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    subprocess.run([*quiet, "update"], env=environment, check=True)
    command = [*quiet, "install", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def docker_engine() -> Iterator[bool]:
    """Have an engine while the tests run: the one that answers, else one of our own if we may start it."""
    if engine_answers():
        yield True
        return
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        yield False
        return
    say(f"starting a Docker engine (log: {DOCKER_LOG.relative_to(ROOT)})")
    DOCKER_LOG.parent.mkdir(exist_ok=True)
    with DOCKER_LOG.open("ab") as log:
        engine = subprocess.Popen(
            ["dockerd"], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        yield await_engine(engine)
    finally:
        if engine.poll() is None:
            say("stopping the Docker engine that was started here")
            engine.send_signal(signal.SIGTERM)
            engine.wait(timeout=60)


def await_engine(engine: "subprocess.Popen[bytes]") -> bool:
    """Wait until the engine answers or ends."""
    began = time.monotonic()
    while engine.poll() is None and time.monotonic() - began < ENGINE_START_S:
        if engine_answers():
            return True
        time.sleep(0.05)
    end = DOCKER_LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    say("the Docker engine did not start:\n  " + "\n  ".join(end))
    return False


def engine_answers() -> bool:
    """Whether a Docker engine answers on its socket, to this user."""
    connection = http.client.HTTPConnection("docker", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.settimeout(10)
    try:
        connection.sock.connect(DOCKER_SOCKET)
        connection.request("GET", "/_ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def build_images() -> bool:
    """Build the runner images, or find them up to date."""
    say("building the runner images where they are missing or outdated")
    done = subprocess.run([sys.executable, "-m", "sandboxes.docker.images"], cwd=ROOT, check=False)
    return done.returncode == 0


def untestable(*, has_engine: bool, has_browser: bool) -> dict[str, str]:
    """Return the pytest markers that cannot run here, each with the reason."""
    reasons = {}
    if not has_engine:
        reasons["docker"] = "no Docker engine with the runner images can be used by this user"
    if not has_browser:
        reasons["browser"] = "there is no Chromium"
    return reasons


def tell(left_out: dict[str, str], absent: list[str]) -> None:
    """Say what cannot be tested here and what would change that."""
    for marker, reason in left_out.items():
        say(f"NOT TESTED HERE: tests marked {marker}, because {reason}")
    if left_out:
        remedy = (
            f"sudo apt-get install {' '.join(absent)}, then start dockerd" if absent else "sudo dockerd &"
        )
        say(f"to test them as well: run `make test` as root, or: {remedy}, and join the group docker")


def run_pytest(left_out: list[str], extra: list[str]) -> int:
    """Run what may run side by side, then what needs the machine for itself."""
    command = [sys.executable, "-m", "pytest", "-q", *extra]
    is_measured = "--cov" in extra
    # What needs a real GPU is run by whoever has one: `pytest -m gpu`.
    not_here = ["gpu", *([] if engine_knows_cdi() else ["cdi"]), *left_out]
    without = "".join(f" and not {marker}" for marker in not_here)
    # In the order they stand in: files with few but long tests would else come last, each alone.
    n_workers = min(os.cpu_count() or 1, MAX_WORKERS)
    spread = ["-n", str(n_workers), "--dist", "loadfile", "--no-loadscope-reorder"]
    # Containers that are made beside other tests take so much longer that limits of time are missed.
    alone = "(docker or browser or serial)"
    codes = []
    for which, options in ((f"not {alone}{without}", spread), (f"{alone}{without}", [])):
        coverage = ["--cov-report=", *(["--cov-append"] if codes else [])] if is_measured else []
        done = subprocess.run([*command, *options, *coverage, "-m", which], cwd=ROOT, check=False)
        codes.append(done.returncode)
    if is_measured:
        subprocess.run([sys.executable, "-m", "coverage", "report", "--skip-covered"], cwd=ROOT, check=False)
    return max(codes)


def engine_knows_cdi() -> bool:
    """Whether the dockerd on PATH is 25 or later."""
    program = shutil.which("dockerd")
    if program is None:
        return False
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\d+)\.", said)
    return found is not None and int(found[1]) >= CDI_SINCE


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"tests: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
