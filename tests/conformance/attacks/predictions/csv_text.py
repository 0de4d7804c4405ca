"""A CSV file with escapes, reversed text, formulas and broken text in every cell.

Tries: to have what it wrote shown to people as it is: in a message, a terminal, a spreadsheet.
Covers: terminal-escapes bidi-text
Road: predictions csv
Must: PE
"""

rows = [
    "\x1b[2J\x1b]0;owned\x07",
    "\u202e0.1\u202c",
    "=cmd|'/c calc'!A1",
    "\x00",
    "0x1p-3",
    "<script>alert(1)</script>",
    "\u2066",
]
with open("artefact", "wb") as file:
    file.write(b"id,prediction\n")
    for n, text in enumerate(rows, 1):
        file.write(f'{n},"{text}"\n'.encode())
    file.write(b"\xff\xfe\x80,1\n")
