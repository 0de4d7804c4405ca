"""An NPY file whose header is a program.

Tries: to have the header evaluated.
Covers: npy headers
Road: predictions npy
Never: header-ran
Must: PE
"""

import struct

header = (
    b"{'descr': __import__('os').write(2, b'header-' + b'ran'), 'fortran_order': False, 'shape': (12,), }"
)
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with open("artefact", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(96))
