"""Writes to stderr without end.

Tries: to fill the judge's memory or the host's disk by the other stream.
Covers: huge-stderr
Road: step
Must: OLE
"""

import os

while True:
    os.write(2, b"x" * 65536)
