"""Looks for descriptors that the supervisor left open.

Tries: to find the supervisor's connection, pipes of the case before, or open inputs.
Covers: search-descriptors forge-channel other-cases
Road: cases
Runs: twice
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.look_at_descriptors()
probe.refused("the supervisor's", lambda: os.listdir("/proc/1/fd"))
probe.end()
