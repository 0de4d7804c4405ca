"""An NPZ file that unpacks to more than memory.

Tries: to fill the scorer's memory with an array that is small only while it is compressed.
Covers: zip-bomb npy
Road: predictions npz
Limits: wall_time_s=30 cpu_time_s=30
Must: PE
"""

import struct
import zipfile

header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }"
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with zipfile.ZipFile("artefact", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    for name in ("id.npy", "prediction.npy"):
        with archive.open(name, "w", force_zip64=True) as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
            for _ in range(100):
                file.write(bytes(2 << 20))
