"""Searches its own process for the hidden tests.

Tries: to find expected answers in frames, objects, memory, files and descriptors of the process that asks.
Covers: search-memory search-descriptors search-filesystem
Road: function
Limits: wall_time_s=20 cpu_time_s=20
Must: WA or RTE or PE or TLE
"""

import gc
import os
import re
import sys

PATTERN = re.compile(rb"judge-canary-[0-9a-f]{32}")


def texts():
    for item in gc.get_objects():
        if isinstance(item, dict):
            yield from (str(value).encode() for value in list(item.values()) if isinstance(value, str))
    frame = sys._getframe()
    while frame is not None:
        yield repr({k: v for k, v in frame.f_locals.items() if isinstance(v, (str, bytes))}).encode()
        frame = frame.f_back
    for top in ("/job", "/tmp", "/dev/shm"):
        for folder, _, files in os.walk(top):
            for name in files:
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        yield file.read(1 << 20)
                except OSError:
                    continue
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps.readlines():
            span, rights = line.split()[:2]
            low, high = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and high - low < 32 << 20:
                try:
                    memory.seek(low)
                    yield memory.read(high - low)
                except OSError:
                    continue


def add(a, b):
    return a + b


def word():
    for text in texts():
        for found in PATTERN.findall(text):
            return found.decode()
    return "nothing found"
