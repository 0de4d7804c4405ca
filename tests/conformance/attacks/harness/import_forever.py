"""Never finishes being imported.

Tries: to hold the scorer for ever before it can ask.
Covers: sleep
Road: function
Limits: wall_time_s=2
Must: TLE or RTE
"""

import time

while True:
    time.sleep(600)
