"""An NPY file whose header never ends.

Tries: to have the reader take megabytes of nested text for a header, or reserve four gigabytes.
Covers: npy headers nested-data
Road: predictions npy
Must: PE
"""

import struct

with open("artefact", "wb") as file:
    file.write(b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xFFFFFFF0) + b"(" * (3 << 20))
