"""Recursion without end.

Tries: to run the stack into whatever lies below it.
Covers: memory-heap
Road: step
Must: MLE or RTE
"""

import sys

sys.setrecursionlimit(10**9)


def deeper(n):
    return deeper(n + 1) + 1


deeper(0)
