"""A daemon swaps the output between a file and a link all the time.

Tries: to win the race between the look at the output and its reading.
Covers: output-swapped output-symlink
Road: step
Outputs: out=1000
Never: followed-a-link
Must: AC or SV or RTE
"""

import os
import time

with open("/tmp/aside", "w") as file:
    file.write("followed" + "-a-link")
if os.fork() == 0:
    os.setsid()
    while True:
        with open("fresh", "w") as file:
            file.write("plain")
        os.rename("fresh", "out")
        os.symlink("/tmp/aside", "fresh")
        os.rename("fresh", "out")
time.sleep(0.3)
print("contained")
