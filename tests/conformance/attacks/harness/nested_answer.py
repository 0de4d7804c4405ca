"""Answers with nested, endless and odd objects.

Tries: to run the trusted reader out of stack or memory by a list in a list in a list, or one in itself.
Covers: nested-data
Road: function
Must: PE or RTE or WA or MLE or TLE or OLE
"""


def add(a, b):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested


def word():
    own = []
    own.append(own)
    return own
