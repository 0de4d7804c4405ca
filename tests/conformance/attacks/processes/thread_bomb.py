"""Thread bomb.

Tries: to take every slot of the scheduler with threads that spin.
Covers: thread-bomb
Road: step
Limits: wall_time_s=1 cpu_time_s=1 n_cpus=2
Must: TLE
"""

import threading


def spin():
    while True:
        pass


while True:
    try:
        threading.Thread(target=spin, daemon=True).start()
    except RuntimeError:
        pass
