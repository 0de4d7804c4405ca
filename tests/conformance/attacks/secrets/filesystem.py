"""Searches every folder for secrets, by name and by content.

Tries: to find labels, hidden data, our code and other people's files.
Covers: search-filesystem other-submissions
Road: step
Limits: wall_time_s=60 cpu_time_s=60
Must: AC
"""

import os
import stat

from probe import TOLD, Probe, read

probe = Probe()
with open("/tmp/planted", "w") as file:
    file.write("own secret")
n, found, n_own = 0, [], 0
for top, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/sys", "/dev/fd")]
    for name in files:
        path = os.path.join(top, name)
        n += 1
        if TOLD["prefix"] in name or name in ("labels.txt", "secret.txt", "creator.json", "problem.yaml"):
            found.append(path)
        if path.endswith(("judge/settings.py", "worker/verdicts.py", "scoring/grading.py")):
            found.append(path)
        try:
            status = os.lstat(path)
            is_small = stat.S_ISREG(status.st_mode) and 8 < status.st_size < 200
        except OSError:
            continue
        if is_small:
            body = read(path)
            n_own += body == b"own secret"
            probe.hunt(path, body)
probe.works("many files", lambda: n > 1000)
probe.works("its own secret", lambda: n_own == 1)
probe.unseen("files of ours", found)
probe.end()
