"""Folders in folders in folders.

Tries: to break whoever collects or removes a tree by recursion, by path or by depth.
Covers: deep-trees
Road: step
Outputs: out=100
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("the output", lambda: open("/job/out/out", "w").write("fine"))


def dig():
    for _ in range(40_000):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    return "40000 deep"


probe.refused("dig", dig)
probe.end()
