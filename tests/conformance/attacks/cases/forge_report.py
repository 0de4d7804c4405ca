"""Writes the report of a case itself, and fails.

Tries: to have the judge take its own words for the supervisor's, for this case or for the next.
Covers: forge-channel forge-results
Road: cases
Must: RTE
"""

import os

from probe import forge_reports

forge_reports((b"J", b"D", b"R", b"C"))
os._exit(9)
