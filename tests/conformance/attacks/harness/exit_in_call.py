"""Ends the process with success when it is asked.

Tries: to end the harness in the middle of a question.
Covers: exit-early
Road: function
Must: RTE
"""

import os


def add(a, b):
    os._exit(0)


def word():
    raise SystemExit(0)
