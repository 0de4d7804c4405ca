"""Safetensors with a header of an exabyte.

Tries: to have the reader reserve what the first eight bytes say.
Covers: headers
Road: model safetensors
Must: PE
"""

with open("artefact", "wb") as file:
    file.write((1 << 60).to_bytes(8, "little") + b'{"a":' + b" " * 1000)
