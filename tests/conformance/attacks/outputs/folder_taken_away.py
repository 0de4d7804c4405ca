"""The output folder itself is removed, renamed, covered.

Tries: to put something else in the place that outputs are read from.
Covers: output-swapped mounts
Road: step
Outputs: out=100
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("the output", lambda: open("/job/out/out", "w").write("x"))
os.chdir("/")
probe.refused("rename", lambda: os.rename("/job/out", "/tmp/gone"))
probe.refused("rename above", lambda: os.rename("/job", "/tmp/gone"))
probe.refused("remove", lambda: os.rmdir("/job/out"))
probe.refused("replace", lambda: os.symlink("/etc", "/job/out"))
probe.end()
