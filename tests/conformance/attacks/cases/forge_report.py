"""Writes the report of a case itself, and fails.

Tries: to have the judge take its own words for the supervisor's, for this case or for the next.
Covers: forge-channel forge-results
Road: cases
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
for descriptor in range(64):
    for kind in (b"J", b"D", b"R", b"C"):
        try:
            os.write(descriptor, kind + struct.pack(">I", len(body)) + body)
            os.write(descriptor, b"contained\n")
        except OSError:
            continue
os._exit(9)
