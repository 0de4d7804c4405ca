"""A Parquet file with a footer that lies.

Tries: to have the reader reserve or read beyond the end of the file.
Covers: parquet-bomb headers
Road: predictions parquet
Must: PE
"""

with open("artefact", "wb") as file:
    file.write(b"PAR1" + b"\x15\xff\xff\xff\xff\x0f" * 200 + (0x7FFFFFF0).to_bytes(4, "little") + b"PAR1")
