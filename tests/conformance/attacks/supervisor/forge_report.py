"""Writes reports of success in the supervisor's own language to every descriptor, then fails.

Tries: to have the judge believe what was written instead of what happened.
Covers: forge-results forge-channel
Road: step
Must: RTE
"""

import os

from probe import forge_reports

forge_reports((b"J", b"D", b"R"))
os._exit(9)
