"""Looks for other cases in memory.

Tries: to find inputs of other cases in memory that was inherited or not wiped.
Covers: other-cases search-memory
Road: cases
Runs: twice
Must: AC
"""

from probe import Probe

probe = Probe()
mark = ("planted-" + "here").encode() * 3
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
    for line in maps.readlines():
        span, rights = line.split()[:2]
        low, high = (int(part, 16) for part in span.split("-"))
        if "r" not in rights or high - low > 64 << 20 or "[v" in line:
            continue
        try:
            memory.seek(low)
            body = memory.read(high - low)
        except OSError:
            continue
        found += mark in body
        probe.hunt(line.split()[-1], body)
probe.works("its own mark", lambda: found > 0)
probe.refused("the supervisor's", lambda: open("/proc/1/mem", "rb").read(1))
probe.end()
