"""A daemon exchanges the output's folder for a link all the time.

Tries: to move the ground under whoever walks to the output.
Covers: output-swapped output-symlink
Road: step
Outputs: deep/out=1000
Never: followed-a-link
Must: AC or SV or RTE
"""

import contextlib
import os
import time

for folder, text in (("/tmp/aside", "followed" + "-a-link"), ("real", "plain")):
    os.mkdir(folder)
    with open(folder + "/out", "w") as file:
        file.write(text)
if os.fork() == 0:
    os.setsid()
    while True:
        with contextlib.suppress(OSError):
            os.rename("real", "deep")
        with contextlib.suppress(OSError):
            os.rename("deep", "real")
        with contextlib.suppress(OSError):
            os.symlink("/tmp/aside", "deep")
            os.unlink("deep")
time.sleep(0.3)
print("contained")
