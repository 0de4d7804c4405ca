"""The classic shell fork bomb.

Tries: to multiply through pipes faster than anybody can count.
Covers: fork-bomb
Road: step
Limits: wall_time_s=1 cpu_time_s=1 n_cpus=2
Must: TLE or RTE or MLE
"""

import os

os.execvp("sh", ["sh", "-c", "f() { f | f & f; }; f"])
