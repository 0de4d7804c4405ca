"""Takes all memory in one case.

Tries: to take the supervisor, and with it the cases that follow, down with itself.
Covers: memory-heap kill-supervisor
Road: cases
Runs: twice
Must: MLE
"""

held = []
while True:
    held.append(bytearray(b"x") * (4 << 20))
