"""Ends the process with success while it is imported.

Tries: to be gone before judging begins, with an exit code that means success.
Covers: exit-early
Road: function
Must: RTE or PE
"""

import os

os._exit(0)
