"""Makes the supervisor the likeliest victim, then takes all memory.

Tries: to have the kernel kill the supervisor instead of the hog.
Covers: kill-supervisor memory-heap
Road: step
Must: MLE
"""

for path, value in (("/proc/self/oom_score_adj", "-1000"), ("/proc/1/oom_score_adj", "1000")):
    try:
        with open(path, "w") as file:
            file.write(value)
    except OSError:
        pass
held = []
while True:
    held.append(bytearray(b"x") * (1 << 20))
