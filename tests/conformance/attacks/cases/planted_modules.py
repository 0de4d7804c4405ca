"""Plants modules where the next case's interpreter would find them.

Tries: to have its own code run inside the next case.
Covers: sitecustomize python-variables ld-preload
Road: cases
Runs: twice
Must: AC
"""

import os
import sys

from probe import Probe

probe = Probe()
home = os.path.expanduser("~")
user_site = f"{home}/.local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
probe.unseen("loaded", [name for name in ("usercustomize", "planted") if name in sys.modules])
probe.unseen("owned", "OWNED" in os.environ)
probe.works("plant", lambda: os.makedirs(user_site) is None)
for folder in (user_site, "/tmp", "/job/out", "/dev/shm"):
    for name in ("usercustomize.py", "sitecustomize.py", "json.py", "planted.pth"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("import os; os.environ['OWNED'] = '1'\n")
probe.refused("plant beside its own program", lambda: open("/job/in/json.py", "w"))
probe.end()
