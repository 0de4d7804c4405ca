"""Sends noise to the judge.

Tries: to break the trusted side's reader with bytes that are no frame, no JSON, no text.
Covers: forge-channel nested-data
Road: function
Must: PE or RTE or WA or TLE or OLE
"""

import os
import struct

noise = [
    b"\xff\xfe" * 50,
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"NaN",
    b"9" * 50_000,
    b'"\\ud800"',
    b"",
    b"null",
    b"1e999",
]
for descriptor in range(3, 64):
    for body in noise:
        try:
            os.write(descriptor, struct.pack(">I", len(body)) + body)
        except OSError:
            break


def add(a, b):
    return 42
