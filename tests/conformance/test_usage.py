"""A step's use over time, as the kernel saw it."""

from itertools import pairwise

from sandboxes.results import MAX_SAMPLES

WORK = """
import time
time.sleep(0.3)
held = b"x" * (60 << 20)
began = time.process_time()
while time.process_time() - began < 0.4:
    pass
"""


def test_the_line_follows_the_work(attempt):
    usage = attempt(WORK).usage
    if usage.measured_by != "cgroup":  # without a cgroup there is nothing to look at from outside
        assert usage.timeline == ()
        return
    line = usage.timeline
    assert 5 <= len(line) <= MAX_SAMPLES
    assert line[-1].at_s - usage.wall_time_s < 1
    assert line[0].memory_mib + 50 < max(sample.memory_mib for sample in line)
    assert max(sample.memory_mib for sample in line) <= usage.peak_memory_mib + 1
    assert line[0].cpu_time_s < 0.3 < line[-1].cpu_time_s
    assert line[-1].cpu_time_s <= usage.cpu_time_s + 0.05
    assert all(before.cpu_time_s <= after.cpu_time_s for before, after in pairwise(line))


def test_the_shortest_step_has_one_point(attempt):
    usage = attempt("pass").usage
    assert len(usage.timeline) >= (usage.measured_by == "cgroup")
