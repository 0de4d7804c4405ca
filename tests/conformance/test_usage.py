"""A step's use over time, seen from outside where there is a cgroup, else by the supervisor."""

from itertools import pairwise

from sandboxes.results import MAX_SAMPLES
from tests.conformance.conftest import Attempt

WORK = """
import time
time.sleep(0.3)
held = b"x" * (60 << 20)
began = time.process_time()
while time.process_time() - began < 0.4:
    pass
"""


def check(usage) -> None:
    line = usage.timeline
    assert 5 <= len(line) <= MAX_SAMPLES
    assert line[-1].at_s - usage.wall_time_s < 1
    assert line[0].memory_mib + 50 < max(sample.memory_mib for sample in line)
    assert max(sample.memory_mib for sample in line) <= usage.peak_memory_mib + 1
    assert line[0].cpu_time_s < 0.3 < line[-1].cpu_time_s
    assert line[-1].cpu_time_s <= usage.cpu_time_s + 0.05
    assert all(before.cpu_time_s <= after.cpu_time_s for before, after in pairwise(line))


def test_the_line_follows_the_work(attempt):
    check(attempt(WORK).usage)


def test_without_a_cgroup_the_supervisor_draws_the_line(local_provider, monkeypatch):
    monkeypatch.setattr(local_provider, "_groups", None)
    usage = Attempt(local_provider)(WORK).usage
    assert usage.measured_by == "supervisor"
    check(usage)


def test_the_shortest_step_has_a_point(attempt):
    assert attempt("pass").usage.timeline
