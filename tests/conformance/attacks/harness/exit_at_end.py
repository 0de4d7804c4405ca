"""Claims success in hooks that run at the end.

Tries: to speak last, in atexit hooks, finalizers and threads.
Covers: exit-early monkeypatch
Road: function
Must: RTE or WA
"""

import atexit
import os
import sys

atexit.register(lambda: os._exit(0))
sys.excepthook = lambda *_: os._exit(0)


class Last:
    def __del__(self):
        os._exit(0)


keep = Last()


def add(a, b):
    raise ValueError("no")
