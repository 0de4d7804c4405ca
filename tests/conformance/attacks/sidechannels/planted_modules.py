"""Plants modules and settings that a later interpreter would load.

Tries: to have sitecustomize, usercustomize, .pth files, LD_PRELOAD or PYTHON* settings work in the next run.
Covers: sitecustomize ld-preload python-variables
Road: step
Runs: twice
Must: AC
"""

import os
import sys

from probe import TURN, Probe

probe = Probe()
home = os.path.expanduser("~")
version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
folders = [
    "/tmp", "/job/out", "/dev/shm", home, f"{home}/.local/lib/{version}/site-packages", f"{sys.prefix}/lib/{version}/site-packages",
    f"/usr/lib/{version}", "/usr/lib/python3/dist-packages", f"/usr/local/lib/{version}/dist-packages", "/etc", f"/etc/{version}",
]  # fmt: skip
names = (
    "sitecustomize.py",
    "usercustomize.py",
    "evil.pth",
    "ld.so.preload",
    ".profile",
    ".pythonrc",
    "json.py",
)
for folder in {"/tmp", "/job/out", "/dev/shm", home}:
    probe.unseen(f"left in {folder}", [name for name in names if os.path.exists(os.path.join(folder, name))])
n = 0
for folder in folders:
    for name in names:
        path = os.path.join(folder, name)
        try:
            os.makedirs(folder, exist_ok=True)
            with open(path, "w") as file:
                file.write("import os; os.environ['OWNED'] = '1'\n")
            n += 1
        except OSError:
            continue
probe.works("planting in its own folders", lambda: n >= 3)
probe.unseen("a module was loaded", "OWNED" in os.environ)
probe.unseen(
    "settings",
    [
        k
        for k in os.environ
        if k.startswith(("LD_", "DYLD_", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT"))
    ],
)
for path in ("/etc/ld.so.preload", "/etc/environment", "/etc/ld.so.cache"):
    probe.refused(path, lambda p=path: open(p, "w").write("/tmp/evil.so"))
probe.unseen(
    "of the run before",
    TURN == 2
    and "sitecustomize" in sys.modules
    and getattr(sys.modules["sitecustomize"], "__file__", "").startswith(("/tmp", "/job")),
)
probe.end()
