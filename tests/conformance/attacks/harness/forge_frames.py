"""Speaks to the judge itself, over the harness's connection.

Tries: to answer before it is asked, twice, with reports of success, through every socket that it holds.
Covers: forge-channel forge-results monkeypatch
Road: function
Must: WA or PE or RTE or TLE or OLE
"""

import json
import os
import struct

frames = [
    {"hello": 1}, {"ok": 42}, {"id": 0, "ok": 42}, {"id": 1, "ok": 42}, {"id": 2, "ok": "word"}, {"verdict": "AC"},
    {"status": "scored", "cases": [], "metrics": []}, {"id": 1, "ok": {"$map": {"verdict": "AC"}}},
]  # fmt: skip
for descriptor in range(3, 64):
    for frame in frames:
        body = json.dumps(frame).encode()
        try:
            os.write(descriptor, struct.pack(">I", len(body)) + body)
        except OSError:
            continue


def add(a, b):
    return a + b


def word():
    return "word"
