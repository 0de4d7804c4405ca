"""What benchmarks of sandboxes share: a provider on a folder of its own, jobs, `docker run` of the same."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sandboxes.base import OutputSpec, Profile, Step
from sandboxes.limits import Limits
from sandboxes.policy import docker_profile
from sandboxes.pool import Pool
from sandboxes.select import select_provider
from sandboxes.slot_provider import SlotProvider

IMAGE_PREFIX = "openmodels-judge/runner-"
LIMITS = Limits(wall_time_s=20, cpu_time_s=20, memory_mib=1024, n_processes=64)
HARDENED = """
--network none --cap-drop ALL --security-opt no-new-privileges --read-only --memory 1g --memory-swap 1g
--pids-limit 96 --user 65534:65534 --tmpfs /tmp:size=64m,mode=1777 --tmpfs /job/out:size=64m,mode=1777
--ipc none --cpus 1 --ulimit nofile=256 --ulimit core=0 --log-driver none
-e OMP_NUM_THREADS=1 -e HOME=/tmp -e PYTHONDONTWRITEBYTECODE=1
"""
# The clock is the kernel's, the same inside and outside.
FIRST_LINE = "import time; print(time.monotonic(), flush=True)\n"
TORCH_JOB = f"import torch\n{FIRST_LINE}"
PLAIN_JOB = "open('/job/out/answer', 'w').write('42'); print('done')\n"


@dataclass(frozen=True)
class Lab:
    """One provider and a folder for programs.

    Attributes:
        provider: makes sandboxes.
        folder: world-readable.
    """

    provider: SlotProvider
    folder: Path

    def program(self, name: str, text: str) -> Path:
        """Write a program that steps may be given."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o444)
        return path

    def torch_profile(self) -> Profile:
        """Return a warm machine-learning sandbox, with `job` to run."""
        path = self.folder / "job.py"
        if not path.exists():
            self.program("job.py", TORCH_JOB)
        return Profile("python-ml", LIMITS, preload=("numpy", "torch"), code=(("job.py", path),))

    def plain_step(self, program: Path) -> Step:
        """Return a step that executes a program and declares `answer`."""
        outputs = (OutputSpec("answer", 64, is_required=False),)
        argv = ("python3", "/job/in/main.py")
        return Step(LIMITS, argv=argv, inputs={"main.py": program}, outputs=outputs)


@contextmanager
def lab(provider: str) -> Iterator[Lab]:
    """Open a provider by name, on a folder of its own, and close it with everything it made."""
    with tempfile.TemporaryDirectory(prefix="judge-lab-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        run_dir = folder / "run"
        made = select_provider(
            "docker" if provider == "docker" else "local",
            allow_local=True,
            owner=folder.name,
            run_dir=run_dir,
        )
        assert isinstance(made, SlotProvider)
        try:
            yield Lab(made, folder)
        finally:
            made.close()


def wait_until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait for something that happens in the background."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("it never came true")
        time.sleep(0.01)


def fill(pool: Pool, profile: Profile, n: int) -> None:
    """Wait until so many are ready and what was destroyed before is gone."""
    wait_until(lambda: pool.n_ready(profile) >= n)
    pool.provider.settle()  # type: ignore[attr-defined]
    time.sleep(0.05)


def docker_run(image: str, code: str) -> tuple[float, float, str]:
    """Run a program in a fresh container, hardened as ours; return its start and end, and what it printed."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as seccomp:
        seccomp.write(docker_profile())
        seccomp.flush()
        flags = [*HARDENED.split(), "--security-opt", f"seccomp={seccomp.name}"]
        command = ["docker", "run", "--rm", *flags, IMAGE_PREFIX + image, "python3", "-c", code]
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        ended = time.monotonic()
    if done.returncode:
        raise SystemExit(f"docker run failed: {done.stderr}")
    return began, ended, done.stdout


def ratio_line(what: str, taken: list[float], base: list[float], target: float) -> tuple[str, bool]:
    """Write one line of the table.

    Args:
        what: is measured.
        taken: seconds.
        base: seconds of the baseline.
        target: highest ratio of medians that meets it.

    Returns:
        The line, and whether the target is met.
    """
    ratio = median(taken) / median(base)
    is_met = ratio <= target
    figures = f"{min(taken) * 1e3:7.1f} / {median(taken) * 1e3:7.1f} / {max(taken) * 1e3:7.1f} ms"
    share = f"1/{1 / ratio:.0f}" if ratio < 0.5 else f"{ratio:.2f}"
    goal = f"1/{1 / target:.0f}" if target < 0.5 else f"{target:.2f}"
    return f"{what:<44} {figures}   {share} (target {goal}) {'met' if is_met else 'MISSED'}", is_met
