"""Safetensors whose header is nested a hundred thousand deep.

Tries: to run the reader out of stack.
Covers: headers nested-data
Road: model safetensors
Must: PE
"""

header = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
with open("artefact", "wb") as file:
    file.write(len(header).to_bytes(8, "little") + header)
