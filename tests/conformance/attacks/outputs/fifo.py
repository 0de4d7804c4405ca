"""An output that is a pipe with a name.

Tries: to have the judge wait for ever for somebody to write.
Covers: output-fifo
Road: step
Outputs: out=1000
Must: SV
"""

import os

os.mkfifo("out")
print("contained")
