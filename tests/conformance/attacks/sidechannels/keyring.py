"""Leaves a key for the next run.

Tries: to hand a bit to a later sandbox through the keyring of a user that both may have been.
Covers: timing-keyring keyrings
Road: step
Runs: twice
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import Probe, call, read

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
text = ctypes.c_char_p
for ring in (-3, -4, -5):  # session, user, user session
    probe.forbidden("keyctl", 10, ring, text(b"user"), text(b"bit"), 0)
    probe.forbidden("add_key", text(b"user"), text(b"bit"), text(b"1"), 1, ring)
probe.unseen("keys", read("/proc/keys").strip())
probe.end()
