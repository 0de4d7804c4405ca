"""A declared output one byte too large.

Tries: to hand back more than was agreed.
Covers: huge-files
Road: step
Outputs: out=1024
Must: OLE
"""

with open("out", "wb") as file:
    file.write(b"x" * 1025)
print("contained")
