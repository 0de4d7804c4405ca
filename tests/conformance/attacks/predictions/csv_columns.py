"""A CSV file of a million columns.

Tries: to hold the reader with a table that is wide instead of long.
Covers: headers
Road: predictions csv
Must: PE
"""

with open("artefact", "wb") as file:
    file.write(b"id,prediction" + b",c" * 1_000_000 + b"\n" + b"1" + b",1" * 1_000_001 + b"\n")
