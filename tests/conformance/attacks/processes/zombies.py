"""Never waits for its children.

Tries: to fill the table of processes with dead ones, which use neither memory nor time.
Covers: pid-bomb
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("one child", lambda: os.fork() or os._exit(0))
n = 1
try:
    while n < 400:
        if os.fork() == 0:
            os._exit(0)
        n += 1
except OSError:
    pass
probe.unseen("more dead processes than allowed", n if n > 24 else 0)
probe.end()
