"""An output that is a link to a file of the system.

Tries: to have the judge follow a link and hand back what it points to.
Covers: output-symlink
Road: step
Outputs: out=100000
Never: root:x:0
Must: SV
"""

import os

os.symlink("/etc/passwd", "out")
print("contained")
