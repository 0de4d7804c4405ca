"""Fork bomb.

Tries: to take every process slot of the host by forking without end.
Covers: fork-bomb
Road: step
Limits: wall_time_s=1 cpu_time_s=1 n_cpus=2
Must: TLE
"""

import os

while True:
    try:
        os.fork()
    except OSError:
        pass
