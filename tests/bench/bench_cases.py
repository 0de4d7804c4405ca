"""Times test cases in one sandbox against the bare processes: overhead of each, and how many a second.

    python tests/bench/bench_cases.py [--times 200] [--seconds 4]

The baseline is `subprocess.run` of the same program with the same standard input, one right before each case,
so that whatever else the machine does meets both. Two programs: a Python one, and a static C one that is
compiled here and given to the sandbox as an executable input. Throughput is of two sandboxes at a time.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandboxes.base import Case, Profile, Provider, Sandbox, Step
from sandboxes.limits import Limits
from tests.bench.live import providers

MAX_OVERHEAD_MS = 3.0
N_PARALLEL = 2
SERIES = Limits(wall_time_s=600, cpu_time_s=600, memory_mib=256)
LIMITS = Limits(wall_time_s=10, cpu_time_s=10, memory_mib=256)
SOURCE = '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n * n); return 0; }\n'
# Without `site`: what an environment's path files import at start differs between the host and the sandbox.
PYTHON = ("-S", "-c", "print(int(input()) ** 2)")
STDIN, ANSWER = b"12\n", b"144\n"


@dataclass(frozen=True, slots=True)
class Program:
    """One program in both places.

    Attributes:
        name: for the printed line.
        inside: command line in the sandbox.
        bare: command line on the host.
        target: cases a second that two sandboxes must reach.
    """

    name: str
    inside: tuple[str, ...]
    bare: tuple[str, ...]
    target: int


def programs(provider: str, binary: Path) -> list[Program]:
    """List the programs; the bare Python is the one that the sandbox has, or the nearest to it."""
    python = shutil.which("python3", path="/usr/bin") if provider == "docker" else None
    python = python or str(Path(sys.prefix) / "bin" / "python3")
    return [
        Program("Python", ("python3", *PYTHON), (python, *PYTHON), 120),
        Program("C", ("/job/in/program",), (str(binary),), 400),
    ]


def run_bare(program: Program) -> None:
    """Run it once on the host."""
    done = subprocess.run(program.bare, input=STDIN, capture_output=True, check=True)
    assert done.stdout == ANSWER


def run_case(sandbox: Sandbox, program: Program) -> None:
    """Run it once in the sandbox."""
    result = sandbox.run_case(Case(program.inside, LIMITS, stdin=STDIN))
    if result.stdout != ANSWER:
        raise SystemExit(f"a case failed: {result}")


def timed_ms(act: Callable[[], None]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


@contextmanager
def begun(provider: Provider, binary: Path) -> Iterator[Sandbox]:
    """Begin a series in a fresh sandbox."""
    sandbox = provider.create(Profile("python", SERIES))
    try:
        step = Step(SERIES, has_cases=True, inputs={"program": binary}, executables=frozenset({"program"}))
        sandbox.start(step)
        yield sandbox
    finally:
        sandbox.destroy()


def per_second(act: Callable[[int], None], seconds: float) -> float:
    """Return how many calls a second `N_PARALLEL` threads make."""
    counts = [0] * N_PARALLEL
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        while time.perf_counter() < end:
            act(number)
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(N_PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def measure(provider: Provider, program: Program, binary: Path, times: int, seconds: float) -> bool:
    """Measure and print one program with one provider; return whether it met its targets."""
    with begun(provider, binary) as one, begun(provider, binary) as other:
        pairs = [
            (timed_ms(lambda: run_bare(program)), timed_ms(lambda: run_case(one, program)))
            for _ in range(times)
        ][times // 10 :]
        bare, case = (median(side) for side in zip(*pairs, strict=True))
        sandboxes = (one, other)
        bare_rate = per_second(lambda _: run_bare(program), seconds)
        rate = per_second(lambda number: run_case(sandboxes[number], program), seconds)
    is_met = case - bare <= MAX_OVERHEAD_MS and rate >= program.target
    print(
        f"{provider.name:<7}{program.name:<7} bare {bare:6.2f} ms   case {case:6.2f} ms   "
        f"overhead {case - bare:5.2f} ms (at most {MAX_OVERHEAD_MS:.0f})   "
        f"{N_PARALLEL} in parallel {rate:5.0f} cases/s (at least {program.target}), "
        f"{rate / bare_rate:.2f} × bare ({bare_rate:.0f}/s)   {'met' if is_met else 'MISSED'}",
        flush=True,
    )
    return is_met


def open_provider(name: str, folder: Path) -> Provider:
    """Open one provider with slots of this benchmark's own."""
    if name == "docker":
        from sandboxes.docker import Docker

        return Docker(f"bench-{os.getpid()}", folder)
    from sandboxes.local import Local

    return Local(f"bench-{os.getpid()}", folder)


def main() -> int:
    """Measure and print; returns 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each throughput run")
    options = parser.parse_args()
    if shutil.which("gcc") is None:
        print("no gcc: apt-get install gcc libc6-dev")
        return 1
    is_met = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "program.c").write_text(SOURCE, encoding="ascii")
        binary = folder / "program"
        subprocess.run(["gcc", "-O2", "-static", "-o", binary, folder / "program.c"], check=True)
        print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for provider_name in providers():
            provider = open_provider(provider_name, folder / f"run-{provider_name}")
            try:
                for program in programs(provider_name, binary):
                    is_met &= measure(provider, program, binary, options.times, options.seconds)
            finally:
                provider.close()
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
