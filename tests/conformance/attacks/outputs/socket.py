"""An output that is a socket.

Tries: to have the judge open something that is no file.
Covers: output-fifo output-device
Road: step
Outputs: out=1000
Must: SV
"""

import socket

socket.socket(socket.AF_UNIX).bind("out")
print("contained")
