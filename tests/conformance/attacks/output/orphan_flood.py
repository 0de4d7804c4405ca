"""A daemon floods while its parent has ended well.

Tries: to have output taken after the end, when nobody counts any more.
Covers: huge-stdout double-fork
Road: step
Must: OLE or AC
"""

import os
import time

if os.fork() == 0:
    os.setsid()
    while True:
        os.write(2, b"x" * 65536)
time.sleep(0.2)
print("contained")
