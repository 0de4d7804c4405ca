"""Writes reports of success in the supervisor's own language to every descriptor, then fails.

Tries: to have the judge believe what was written instead of what happened.
Covers: forge-results forge-channel
Road: step
Must: RTE
"""

import json
import os
import struct

report = {
    "outcome": "ok", "detail": "", "exit_code": 0, "signal": None, "stdout": 10, "stderr": 0, "outputs": [],
    "wall_time_s": 0.1, "cpu_time_s": 0.1, "peak_memory_mib": 1.0,
}  # fmt: skip
body = json.dumps(report).encode()
frames = [kind + struct.pack(">I", len(body)) + body for kind in (b"J", b"D", b"R")]
for descriptor in range(64):
    for frame in [*frames, b"contained\n"]:
        try:
            os.write(descriptor, frame)
        except OSError:
            continue
os._exit(9)
