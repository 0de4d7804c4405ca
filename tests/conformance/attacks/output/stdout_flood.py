"""Writes to stdout without end and without a newline.

Tries: to fill the judge's memory or the host's disk with output.
Covers: huge-stdout
Road: step
Must: OLE
"""

import os

while True:
    os.write(1, b"x" * 65536)
