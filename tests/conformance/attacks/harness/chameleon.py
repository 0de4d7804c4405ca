"""Answers with objects that claim to equal anything.

Tries: to be compared by code of its own.
Covers: forge-results monkeypatch
Road: function
Must: PE or RTE or WA
"""

import numpy as np


class Equal:
    def __eq__(self, other):
        return True

    __lt__ = __gt__ = __le__ = __ge__ = __contains__ = lambda self, other: True

    def __float__(self):
        return 42.0

    def __array__(self, *_, **__):
        return np.array(42.0)

    def __reduce__(self):
        return eval, ("__import__('os')._exit(0)",)


def add(a, b):
    return Equal()


def word():
    return np.array([Equal()], dtype=object)
