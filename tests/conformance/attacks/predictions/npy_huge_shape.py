"""An NPY file that claims to hold exabytes.

Tries: to have the reader reserve what the header says.
Covers: npy headers
Road: predictions npy
Must: PE
"""

import struct

header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,), }"
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with open("artefact", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(96))
