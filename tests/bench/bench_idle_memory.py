"""Measures what an idle judge holds in memory, part by part, against a bare Python of the same machine.

    python tests/bench/bench_idle_memory.py

PSS shares common pages among the processes that map them, so parts may be added up; RSS counts them in each.
"""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bench_predictions_road import make_package
from tests.bench.live import live_judge, providers, time_road

MIB = 2**20


def family_memory(pid: int) -> tuple[float, float, int]:
    """Return PSS and RSS in MiB of a process and all below it, and how many those are."""
    leader = psutil.Process(pid)
    family = [leader, *leader.children(recursive=True)]
    full = []
    for one in family:
        # A warm sandbox may be replaced while we look; what has gone uses nothing.
        with contextlib.suppress(psutil.NoSuchProcess):
            full.append(one.memory_full_info())
    return sum(one.pss for one in full) / MIB, sum(one.rss for one in full) / MIB, len(full)


def bare_python_mib() -> float:
    """Return the PSS of a Python that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1) as bare:
        assert bare.stdout is not None
        bare.stdout.readline()
        pss, _, _ = family_memory(bare.pid)
        bare.communicate(b"\n")
    return pss


def main() -> int:
    """Measure and print."""
    base = bare_python_mib()
    print(f"bare python                    {base:7.1f} MiB")
    for provider in providers():
        with tempfile.TemporaryDirectory() as name:
            package, submission = make_package(Path(name))
            with live_judge([package], sandbox=provider) as judge:
                time_road(
                    judge, submission, problem="bench-table", pause_s=0
                )  # everything imported, then idle
                time_road(judge, submission, problem="bench-table", pause_s=3)
                supervisor = psutil.Process(judge.running.pid).memory_full_info().pss / MIB
                times = f"{supervisor / base:5.1f} × bare python"
                print(f"{provider}: supervisor          {supervisor:7.1f} MiB   {times}")
                for part, pid in judge.running.parts.items():
                    pss, rss, n_processes = family_memory(pid)
                    print(
                        f"{provider}: {part:<18}  {pss:7.1f} MiB   {pss / base:5.1f} × bare python   "
                        f"(RSS {rss:.1f} MiB in {n_processes} processes)"
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
