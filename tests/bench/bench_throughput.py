"""How many machine-learning jobs a second two borrowers get through without end, and what bounds it.

    python tests/bench/bench_throughput.py [--jobs 30]

Each job imports torch and scikit-learn and fits a small model. The baseline is a hardened `docker run` of
the same, as many at a time. What bounds the pool is told by where the processors' time went: into the jobs
themselves, or into making the sandboxes for the next ones.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandboxes.base import Profile, Step
from sandboxes.pool import Pool
from sandboxes.results import Outcome
from tests.bench.lab import LIMITS, Lab, docker_run, fill, lab
from tests.bench.live import providers

N_AT_ONCE = 2
JOB = """
import numpy as np, torch
from sklearn.linear_model import LogisticRegression
x = np.random.default_rng(0).random((400, 8)); y = (x.sum(axis=1) > 4).astype(int)
model = LogisticRegression().fit(x, y)
print(float(torch.from_numpy(model.predict_proba(x)).sum()))
"""


def busy_s() -> float:
    """Return the core-seconds this machine has worked since it started."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + times.softirq + times.irq)


def run_many(n_jobs: int, one: Callable[[], float]) -> tuple[float, float, float]:
    """Run jobs as many at a time; return jobs a second, core-seconds used, and those of the jobs."""
    before, began = busy_s(), time.monotonic()
    with ThreadPoolExecutor(N_AT_ONCE) as threads:
        used = [done.result() for done in [threads.submit(one) for _ in range(n_jobs)]]
    return n_jobs / (time.monotonic() - began), busy_s() - before, sum(used)


def through_pool(place: Lab, n_jobs: int) -> tuple[str, float]:
    """Return a line of the table, and jobs a second."""
    code = (("fit.py", place.program("fit.py", JOB)),)
    profile = Profile("python-ml", LIMITS, preload=("numpy", "sklearn.linear_model", "torch"), code=code)

    def one() -> float:
        result = pool.acquire(profile).run(Step(LIMITS, module="fit"))
        if result.outcome is not Outcome.OK:
            raise SystemExit(f"{result.outcome}: {result.detail}")
        return result.usage.cpu_time_s

    with contextlib.closing(Pool(place.provider, max_warm=4)) as pool:
        pool.prepare(profile)
        fill(pool, profile, 1)
        rate, all_s, jobs_s = run_many(n_jobs, one)
        counts = pool.counts()[profile]
    making_s = (all_s - jobs_s) / max(1, counts.n_made)
    where = f"{jobs_s / n_jobs:.2f} core-s in a job, {making_s:.2f} in making and removing its sandbox"
    hits = f"{counts.n_warm_hits} warm, {counts.n_cold} waited for"
    return f"{rate:5.2f} jobs/s; {where}: {1 - jobs_s / all_s:.0%} of all; {hits}", rate


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=30)
    options = parser.parse_args()
    base = None
    if "docker" in providers():

        def cold() -> float:
            docker_run("python-ml", JOB)
            return 0.0

        cold()
        base, all_s, _ = run_many(options.jobs, cold)
        print(
            f"docker run, {N_AT_ONCE} at a time   {base:5.2f} jobs/s; {all_s / options.jobs:.2f} core-s each"
        )
    for provider in providers():
        with lab(provider) as place:
            line, rate = through_pool(place, options.jobs)
        print(f"pool, {provider:<18}   {line}")
        if base is not None:
            print(f"{'':<26}   {rate / base:5.2f} × docker run (reported, without a target)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
