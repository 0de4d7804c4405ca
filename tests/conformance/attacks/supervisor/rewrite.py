"""Changes the supervisor's program and what it will import.

Tries: to have our own code replaced, on disk or by modules found first.
Covers: monkeypatch python-variables
Road: step
Runs: twice
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("its own module", lambda: open("/tmp/own.py", "w").write("x = 1"))


def plant(path):
    with open(path, "w") as file:
        file.write("import os; os._exit(0)")


for folder in (
    "/job/sup",
    "/job/sup/inside",
    "/job/code",
    "/job",
    "/job/slot",
    "/job/in",
    os.path.dirname(os.__file__),
):
    for name in ("supervisor.py", "json.py", "sitecustomize.py", "inside.pth", "collect.py"):
        probe.refused(f"{folder}/{name}", lambda f=folder, n=name: plant(f"{f}/{n}"))
for root in ("/proc/1/root", "/proc/1/cwd"):
    probe.refused(root, lambda r=root: plant(r + "/tmp/x.py"))
probe.end()
