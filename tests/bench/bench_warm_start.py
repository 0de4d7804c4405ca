"""Times the way into a warm sandbox against a cold `docker run` with the same hardening.

    python tests/bench/bench_warm_start.py [--times 15]

(a) a job that imports torch: from asking the pool to the job's own first line;
(b) a plain Python program: from asking the pool to the collected result, a file among it.
"""

import argparse
import contextlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandboxes.base import Profile, Step
from sandboxes.pool import Pool
from sandboxes.results import Outcome
from tests.bench.lab import LIMITS, PLAIN_JOB, TORCH_JOB, Lab, docker_run, fill, lab, ratio_line
from tests.bench.live import providers

TORCH_TARGET, PLAIN_TARGET = 1 / 40, 1 / 8


def cold_torch(times: int) -> list[float]:
    """Time `docker run` to the first line of a job that imports torch."""
    runs = [docker_run("python-ml", TORCH_JOB) for _ in range(times + 1)]
    return [float(said) - began for began, _, said in runs][1:]


def cold_plain(times: int) -> list[float]:
    """Time `docker run` of the plain program to its end."""
    runs = [docker_run("python", PLAIN_JOB) for _ in range(times + 1)]
    return [ended - began for began, ended, _ in runs][1:]


def warm(pool: Pool, profile: Profile, step: Step, times: int) -> list[tuple[float, float]]:
    """Time from asking the pool to the first line printed (0 if it prints none) and to the result."""
    taken = []
    for _ in range(times + 1):
        fill(pool, profile, 1)
        began = time.monotonic()
        sandbox = pool.acquire(profile)
        sandbox.start(step)
        result = sandbox.wait()
        ended = time.monotonic()
        sandbox.destroy()
        if not sandbox.is_warm or result.outcome is not Outcome.OK:
            raise SystemExit(f"warm: {sandbox.is_warm}, {result.outcome}: {result.detail}")
        word = result.stdout.split()[0]
        taken.append((float(word) - began if word[:1].isdigit() else 0.0, ended - began))
    return taken[1:]


def measure(place: Lab, times: int) -> tuple[list[float], list[float]]:
    """Return first lines of the torch job and results of the plain program."""
    with contextlib.closing(Pool(place.provider, max_warm=1)) as pool:
        profile = place.torch_profile()
        pool.prepare(profile)
        first = [line for line, _ in warm(pool, profile, Step(LIMITS, module="job"), times)]
    with contextlib.closing(Pool(place.provider, max_warm=1)) as pool:
        profile = Profile("python", LIMITS)
        pool.prepare(profile)
        step = place.plain_step(place.program("main.py", PLAIN_JOB))
        result = [whole for _, whole in warm(pool, profile, step, times)]
    return first, result


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args()
    if "docker" not in providers():
        print("no engine to compare with: nothing measured")
        return 1
    torch, plain = cold_torch(options.times), cold_plain(options.times)
    print(ratio_line("docker run, import torch, first line", torch, torch, 1.0)[0])
    print(ratio_line("docker run, plain Python, result", plain, plain, 1.0)[0])
    is_met = True
    for provider in providers():
        with lab(provider) as place:
            first, result = measure(place, options.times)
        for what, taken, base, target in (
            (f"warm {provider}, import torch, first line", first, torch, TORCH_TARGET),
            (f"warm {provider}, plain Python, result", result, plain, PLAIN_TARGET),
        ):
            line, is_one_met = ratio_line(what, taken, base, target)
            is_met &= is_one_met
            print(line)
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
