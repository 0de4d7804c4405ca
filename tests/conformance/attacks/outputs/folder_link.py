"""A folder on the way to the output is a link.

Tries: to have a harmless name lead into a folder of the system.
Covers: output-symlink
Road: step
Outputs: deep/passwd=100000
Never: root:x:0
Must: SV
"""

import os

os.symlink("/etc", "deep")
print("contained")
