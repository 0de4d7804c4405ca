"""Floods the output of one case.

Tries: to use up the room for output of the cases that follow.
Covers: huge-stdout other-cases
Road: cases
Runs: twice
Must: OLE
"""

import os

while True:
    os.write(1, b"x" * 65536)
