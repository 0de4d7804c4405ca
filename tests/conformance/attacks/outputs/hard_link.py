"""An output that is a second name of another file.

Tries: to hand back a file under two names, one of which may lie anywhere.
Covers: output-hardlink
Road: step
Outputs: out=1000
Must: SV
"""

import os

with open("real", "w") as file:
    file.write("x")
os.link("real", "out")
print("contained")
