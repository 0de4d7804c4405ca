"""Answers with more than was agreed.

Tries: to fill the trusted side's memory with an answer.
Covers: nested-data memory-heap
Road: function
Must: PE or RTE or WA or MLE or TLE or OLE
"""


def add(a, b):
    return "x" * (64 << 20)


def word():
    return [0.5] * 10_000_000
