"""Imports and reads the judge's own packages.

Tries: to find scorers, expected answers and weaknesses in our code.
Covers: search-filesystem other-submissions
Road: step
Must: AC
"""

import importlib
import sys

from probe import Probe

probe = Probe()
probe.works("a library", lambda: importlib.import_module("json") is not None)
for name in ("judge", "web", "problems", "scoring", "sandboxes", "judge.settings", "scoring.grading"):
    try:
        module = importlib.import_module(name)
    except ImportError:
        probe.n_tries += 1
        continue
    probe.unseen(name, getattr(module, "__file__", None))
probe.unseen("on the path", [entry for entry in sys.path if entry.startswith("/job/sup")])
probe.end()
