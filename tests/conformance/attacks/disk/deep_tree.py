"""Folders in folders in folders.

Tries: to break whoever collects or removes a tree by recursion, by path or by depth.
Covers: deep-trees
Road: step
Outputs: out=100
Must: AC
"""

from probe import Probe, dig

probe = Probe()
probe.works("the output", lambda: open("/job/out/out", "w").write("fine"))
probe.refused("dig", dig)
probe.end()
