"""An NPY file of objects.

Tries: to have the reader unpickle.
Covers: npy pickle
Road: predictions npy
Never: pickle-ran
Must: PE
"""

import pickle
import struct

from probe import Payload

header = b"{'descr': '|O', 'fortran_order': False, 'shape': (12,), }"
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with open("artefact", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickle.dumps(Payload()))
