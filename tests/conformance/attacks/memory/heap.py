"""Allocates and fills without end.

Tries: to take all memory of the host.
Covers: memory-heap
Road: step
Must: MLE
"""

held = []
while True:
    held.append(bytearray(b"x") * (4 << 20))
