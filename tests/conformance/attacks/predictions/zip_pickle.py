"""An NPZ file of objects.

Tries: to have the reader unpickle a member.
Covers: pickle npy zip-bomb
Road: predictions npz
Never: pickle-ran
Must: PE
"""

import pickle
import struct
import zipfile

from probe import Payload

header = b"{'descr': '|O', 'fortran_order': False, 'shape': (12,), }"
header += b" " * (-(len(header) + 11) % 64) + b"\n"
body = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickle.dumps(Payload())
with zipfile.ZipFile("artefact", "w") as archive:
    for name in ("id.npy", "prediction.npy"):
        archive.writestr(name, body)
