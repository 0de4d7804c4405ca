"""One file without end.

Tries: to fill the disk through one file.
Covers: huge-files
Road: step
Must: OLE or RTE
"""

with open("/job/out/huge", "wb") as file:
    while True:
        file.write(b"x" * (1 << 20))
