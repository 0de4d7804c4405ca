"""An output that is a link through /proc.

Tries: to reach another file system by a link that the kernel resolves in its own way.
Covers: output-symlink search-proc
Road: step
Outputs: out=100000
Never: root:x:0
Must: SV
"""

import os

os.symlink("/proc/1/root/etc/passwd", "out")
print("contained")
