"""Sets up io_uring.

Tries: to have the kernel do its input and output, past every filter of calls.
Covers: io-uring
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
settings = ctypes.create_string_buffer(256)
probe.forbidden("io_uring_setup", 8, ctypes.byref(settings))
probe.forbidden("io_uring_enter", 0, 1, 1, 0, 0, 0)
probe.forbidden("io_uring_register", 0, 0, 0, 0)
probe.end()
