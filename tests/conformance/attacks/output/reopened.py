"""Opens its output anew through /proc and floods that.

Tries: to write past the counted descriptors.
Covers: huge-stdout search-descriptors
Road: step
Must: OLE or RTE
"""

import os

descriptor = os.open("/proc/self/fd/1", os.O_WRONLY)
while True:
    os.write(descriptor, b"x" * 65536)
