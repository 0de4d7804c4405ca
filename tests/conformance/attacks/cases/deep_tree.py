"""Leaves a tree too deep for whoever removes it.

Tries: to break the removal between cases by depth and by long paths, and the next case with it.
Covers: deep-trees other-cases
Road: cases
Runs: twice
Must: AC
"""

import os

from probe import Probe, dig

probe = Probe()
probe.unseen("left", os.listdir("/tmp"))
probe.works("a folder", lambda: os.mkdir("/tmp/own") is None)
os.chdir("/tmp/own")
probe.refused("dig", dig)
probe.end()
