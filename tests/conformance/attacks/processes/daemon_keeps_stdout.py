"""A daemon that keeps the output pipes open for ever.

Tries: to make the judge wait for an end of output that never comes.
Covers: double-fork sleep
Road: step
Limits: wall_time_s=3
Must: AC
"""

import os
import time

from probe import Probe

probe = Probe()
probe.works("a child that holds stdout", lambda: os.fork() or (os.setsid(), time.sleep(600)))
probe.unseen("stdout was lost", os.fstat(1).st_size)
probe.end()
