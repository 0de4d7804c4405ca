"""A line of JSON nested a million deep.

Tries: to run the reader out of stack.
Covers: nested-data
Road: predictions jsonl
Must: PE
"""

with open("artefact", "wb") as file:
    file.write(b'{"id":1,"prediction":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}\n")
    file.write(b'{"a":' * 300_000 + b"1" + b"}" * 300_000 + b"\n")
