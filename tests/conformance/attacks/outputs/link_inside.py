"""An output that is a link to another file of its own.

Tries: to get past a check that looks only where a link leads.
Covers: output-symlink
Road: step
Outputs: out=1000
Must: SV
"""

import os

with open("real", "w") as file:
    file.write("x")
os.symlink("real", "out")
print("contained")
