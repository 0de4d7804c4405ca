"""Looks for other cases in memory.

Tries: to find inputs of other cases in memory that was inherited or not wiped.
Covers: other-cases search-memory
Road: cases
Runs: twice
Must: AC
"""

from probe import Probe

probe = Probe()
probe.hunt_own_memory()
probe.refused("the supervisor's", lambda: open("/proc/1/mem", "rb").read(1))
probe.end()
