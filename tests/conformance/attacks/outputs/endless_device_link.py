"""An output that is a link to a device that never ends.

Tries: to have the judge read zeros for ever.
Covers: output-device output-symlink
Road: step
Outputs: out=1000
Must: SV
"""

import os

os.symlink("/dev/zero", "out")
print("contained")
