"""Asks which pages of a file are in memory.

Tries: to learn what others have read of a file that all can see.
Covers: page-cache other-submissions
Road: step
Must: AC
"""

import ctypes
import mmap
import os

from probe import Probe, libc

probe = Probe()
path = next(
    p
    for p in (
        os.path.join(os.path.dirname(os.__file__), n) for n in ("turtle.py", "doctest.py", "tarfile.py")
    )
    if os.path.exists(p)
)
area = mmap.mmap(-1, 1 << 16)
vector = ctypes.create_string_buffer(64)
address = ctypes.addressof(ctypes.c_char.from_buffer(area))
libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
probe.works("its own memory", lambda: libc.mincore(address, 1 << 16, vector) == 0 and vector.raw[0] & 1 == 0)
size = os.path.getsize(path)
with open(path, "rb") as file:
    shown = mmap.mmap(file.fileno(), size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    n_pages = (size + 4095) // 4096
    vector = ctypes.create_string_buffer(n_pages)
    libc.mincore(ctypes.addressof(ctypes.c_char.from_buffer(shown)), size, vector)
    probe.unseen("pages that are not in memory", any(not byte & 1 for byte in vector.raw[:n_pages]))
    figures, whole = (ctypes.c_uint64 * 8)(), (ctypes.c_uint64 * 2)(0, 0)
    libc.syscall.restype = ctypes.c_long
    probe.unseen(
        "cachestat", libc.syscall(451, file.fileno(), ctypes.byref(whole), ctypes.byref(figures), 0) == 0
    )
probe.end()
