"""Uses the kernel's keyrings.

Tries: to keep or find keys, which belong to a user and no namespace hides.
Covers: keyrings
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
text = ctypes.c_char_p
for ring in (-1, -2, -3, -4, -5):
    probe.forbidden("add_key", text(b"user"), text(b"note"), text(b"secret"), 6, ring)
    probe.forbidden("keyctl", 0, ring, 1)
    probe.forbidden("keyctl", 11, ring, 0, 0)
probe.forbidden("keyctl", 1, text(b"shared"))
probe.forbidden("request_key", text(b"user"), text(b"note"), 0, 0)
probe.end()
