"""Runs hundreds of short sandboxes that end in every way there is, and counts what is left of them.

    python tests/bench/bench_churn.py [--runs 500]

The baseline is the same process after a fifth of the runs: nothing may have grown since then, and at the
end there is no container, slot folder or control group left.
"""

import argparse
import contextlib
import gc
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandboxes.base import Profile, Sandbox
from sandboxes.errors import SandboxDied, SandboxError
from sandboxes.pool import Pool
from sandboxes.results import Outcome
from tests.bench.lab import LIMITS, Lab, lab
from tests.bench.live import providers

SMALL = replace(LIMITS, memory_mib=96)
N_AT_ONCE = 2
# What Python's allocator and the engine's client may still take after the first runs.
RSS_SLACK_MIB = 8.0
PROGRAMS = {
    "ok": "print('fine')",
    "exit": "raise SystemExit(3)",
    "crash": "import os; os.abort()",
    "memory": "b = []\nwhile True: b.append(b'x' * 2**20)",
    "wall": "import time; time.sleep(60)",
    "cancel": "import time; time.sleep(60)",
    "murder": "import time; time.sleep(60)",
    "orphans": "import os, time\nif os.fork() == 0:\n    os.setsid(); os.fork(); time.sleep(60)",
    "unused": "",
}
EXPECTED = {
    "ok": Outcome.OK, "exit": Outcome.EXIT, "crash": Outcome.SIGNAL, "memory": Outcome.MEMORY,
    "wall": Outcome.WALL_TIME, "cancel": Outcome.CANCELLED, "orphans": Outcome.OK,
}  # fmt: skip


@dataclass(frozen=True)
class Left:
    """What a process holds, and what there is of its sandboxes."""

    rss_mib: float
    n_descriptors: int
    n_threads: int
    n_containers: int
    n_slots: int
    n_groups: int


def sandboxes_here(place: Lab) -> set[str]:
    """Return the names of the sandboxes there are now."""
    return {path.name for path in place.provider.run_dir.glob("sb-*")}


def look(place: Lab, made: set[str]) -> Left:
    """Count, once everything destroyed so far is removed."""
    if not place.provider.settle():
        raise SystemExit("removals do not come to an end")
    gc.collect()
    me, n_containers = psutil.Process(), 0
    if place.provider.name == "docker":
        label = f"label=org.openmodels.judge.owner={place.provider.owner}"
        listed = subprocess.run(["docker", "ps", "-aq", "--filter", label], capture_output=True, check=True)
        n_containers = len(listed.stdout.split())
    groups = {one.name for one in Path("/sys/fs/cgroup").glob("*/openmodels-judge/sb-*")}
    return Left(
        me.memory_info().rss / 2**20,
        me.num_fds(),
        me.num_threads(),
        n_containers,
        len(sandboxes_here(place)),
        len(groups & made),  # others on this host have theirs
    )


def act(kind: str, place: Lab, pool: Pool, profile: Profile) -> str:
    """Run one and return how it ended."""
    sandbox = pool.acquire(profile)
    try:
        if kind == "unused":
            return "unused"
        step = place.plain_step(place.folder / f"{kind}.py")
        limits = replace(SMALL, wall_time_s=0.2 if kind == "wall" else 20.0)
        sandbox.start(replace(step, limits=limits, outputs=()))
        if kind == "cancel":
            threading.Timer(0.05, sandbox.cancel).start()
        if kind == "murder":
            kill_first(place, sandbox)
        return str(sandbox.wait().outcome)
    except SandboxDied:
        return "died"
    except SandboxError as error:
        return f"{type(error).__name__}: {error.detail}"
    finally:
        sandbox.destroy()


def kill_first(place: Lab, sandbox: Sandbox) -> None:
    """Kill a sandbox's first process behind everybody's back, as an administrator might."""
    if place.provider.name == "docker":
        subprocess.run(["docker", "kill", f"judge-{sandbox.id}"], capture_output=True, check=True)
        return
    pid = int((place.provider.run_dir / f"sb-{sandbox.id}" / "pid").read_text().split()[0])
    with contextlib.suppress(ProcessLookupError):
        psutil.Process(pid).send_signal(signal.SIGKILL)


def churn(place: Lab, n_runs: int, report: Callable[[str], None]) -> bool:
    """Run them all; return whether nothing is left and nothing grew."""
    for kind, text in PROGRAMS.items():
        place.program(f"{kind}.py", text)
    profile = Profile("python", SMALL)
    kinds = [list(PROGRAMS)[number % len(PROGRAMS)] for number in range(n_runs)]
    wrong: Counter[str] = Counter()
    made: set[str] = set()
    pool = Pool(place.provider, max_warm=2)
    began = time.monotonic()
    with contextlib.closing(pool), ThreadPoolExecutor(N_AT_ONCE) as threads:

        def all_of(part: list[str]) -> None:
            for kind, ended in zip(
                part, threads.map(lambda k: act(k, place, pool, profile), part), strict=True
            ):
                expected = {"murder": "died", "unused": "unused"}.get(kind) or str(EXPECTED[kind])
                wrong.update([f"{kind}: {ended}"] if ended != expected else [])
                made.update(sandboxes_here(place))

        all_of(kinds[: n_runs // 5])
        wait_full(pool, profile)
        before = look(place, made)
        all_of(kinds[n_runs // 5 :])
        wait_full(pool, profile)
        after = look(place, made)
        counts = pool.counts()[profile]
    taken, last = time.monotonic() - began, look(place, made)
    warm = f"{counts.n_warm_hits} of them warm"
    report(f"{n_runs} runs in {taken:.0f} s, {warm}, unexpected: {dict(wrong) or 'none'}")
    for when, left in (("after a fifth", before), ("after all", after)):
        held = f"{left.n_descriptors} descriptors, {left.n_threads} threads"
        report(
            f"{when:<14} {left.rss_mib:.1f} MiB, {held}, {left.rss_mib / before.rss_mib:.2f} × after a fifth"
        )
    report(f"targets: at most {RSS_SLACK_MIB:.0f} MiB more, no descriptor more, nothing left behind")
    report(f"left behind: {last.n_containers} containers, {last.n_slots} slots, {last.n_groups} groups")
    is_flat = after.rss_mib - before.rss_mib <= RSS_SLACK_MIB and after.n_descriptors <= before.n_descriptors
    return is_flat and not wrong and not last.n_containers + last.n_slots + last.n_groups


def wait_full(pool: Pool, profile: Profile) -> None:
    """Wait until the pool is as it is at rest, so that two looks compare like with like."""
    deadline = time.monotonic() + 30
    while pool.n_ready(profile) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    options = parser.parse_args()
    is_met = True
    for provider in providers():
        with lab(provider) as place:
            is_met &= churn(
                place, options.runs, lambda line, name=provider: print(f"{name:<7} {line}", flush=True)
            )
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
