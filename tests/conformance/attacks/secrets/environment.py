"""Searches all environments and command lines.

Tries: to find passwords, tokens and paths in variables that were inherited.
Covers: search-environment search-proc
Road: step
Must: AC
"""

import os

from probe import TOLD, Probe, read

probe = Probe()
probe.works("its own", lambda: b"ATTACK=" in read("/proc/self/environ"))
for pid in [p for p in os.listdir("/proc") if p.isdigit()] + ["self"]:
    for name in ("environ", "cmdline", "comm", "status", "auxv"):
        probe.hunt(f"{pid}/{name}", read(f"/proc/{pid}/{name}"))
probe.unseen("the worker's variable", TOLD["variable"] in os.environ)
words = (
    "JUDGE_HOME",
    "REDIS",
    "DATABASE",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "AWS",
    "KUBERNETES",
    "SSH",
    "DOCKER",
)
probe.unseen("telling variables", [name for name in os.environ if any(word in name for word in words)])
probe.end()
