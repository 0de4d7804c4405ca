"""Fork bomb.

Tries: to take every process slot of the host by forking without end.
Covers: fork-bomb
Road: step
Limits: wall_time_s=1 cpu_time_s=1 n_cpus=2
Must: TLE or MLE
"""

import os

# A fork that fails leaves the kernel memory to free, charged to this sandbox: on a busy host that runs out first.
while True:
    try:
        os.fork()
    except OSError:
        pass
