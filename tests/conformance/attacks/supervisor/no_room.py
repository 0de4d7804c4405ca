"""Leaves no process, no file and no memory for the supervisor's last work.

Tries: to make collecting and reporting fail, so that the judge blames itself.
Covers: kill-supervisor pid-bomb
Road: step
Outputs: out=100
Must: AC or MLE
"""

import os
import time

with open("out", "w") as file:
    file.write("fine")
try:
    while True:
        if os.fork() == 0:
            held = []
            try:
                while True:
                    held.append(open("/dev/null"))
            except OSError:
                time.sleep(60)
except OSError:
    pass
print("contained")
