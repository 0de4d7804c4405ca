"""Rare ways to memory and files.

Tries: calls that open files by number, catch page faults, or hide memory from the kernel.
Covers: search-memory search-filesystem
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
buffer = ctypes.create_string_buffer(256)
probe.forbidden("userfaultfd", 0)
probe.forbidden("memfd_secret", 0)
probe.forbidden("open_by_handle_at", -100, ctypes.byref(buffer), 0)
probe.forbidden(
    "name_to_handle_at", -100, ctypes.c_char_p(b"/"), ctypes.byref(buffer), ctypes.byref(buffer), 0
)
probe.forbidden("move_pages", 1, 0, 0, 0, 0, 0)
probe.forbidden("mbind", 0, 0, 0, 0, 0, 0)
probe.end()
