"""Numbers of a million digits.

Tries: to hold the reader by turning text into numbers, which takes the square of their length.
Covers: nested-data headers
Road: predictions jsonl
Must: PE
"""

with open("artefact", "wb") as file:
    file.write(b'{"id":1,"prediction":' + b"9" * 1_000_000 + b"}\n")
    file.write(b'{"id":' + b"9" * 1_000_000 + b',"prediction":1e999999999}\n')
    file.write(b'{"id":2,"prediction":NaN}\n')
