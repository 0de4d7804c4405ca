"""Sets what an interpreter reads at its start, then starts others.

Tries: to have PYTHON* settings, sitecustomize or LD_PRELOAD reach a process of ours.
Covers: sitecustomize ld-preload python-variables
Road: function
Must: WA or RTE or PE
"""

import os
import subprocess
import sys

with open("/tmp/sitecustomize.py", "w") as file:
    file.write("import os; os.write(1, b'loaded'); os._exit(0)\n")
settings = {
    "PYTHONPATH": "/tmp", "PYTHONSTARTUP": "/tmp/sitecustomize.py", "PYTHONINSPECT": "1", "LD_PRELOAD": "/tmp/evil.so",
    "PYTHONHOME": "/tmp", "BASH_ENV": "/tmp/x", "IFS": "/", "PATH": "/tmp",
}  # fmt: skip
os.environ.update(settings)
sys.path.insert(0, "/tmp")
sys.meta_path.insert(0, None)
subprocess.run([sys.executable, "-c", "pass"], check=False)


def add(a, b):
    return 42
