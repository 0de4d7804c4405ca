"""A CSV file of one line that never ends.

Tries: to fill the scorer's memory with a field whose quote is never closed.
Covers: nested-data headers
Road: predictions csv
Must: PE
"""

with open("artefact", "wb") as file:
    file.write(b'id,prediction\n1,"')
    for _ in range(30):
        file.write(b"x" * 100_000)
