"""TorchScript whose weights unpack to gigabytes.

Tries: to fill memory with a record that is small only while it is compressed.
Covers: torchscript zip-bomb
Road: model torchscript
Limits: wall_time_s=80 cpu_time_s=25
Must: PE or MLE or RTE
"""

import zipfile

with zipfile.ZipFile("artefact", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    for name, text in (
        ("version", "3\n"),
        ("byteorder", "little"),
        ("code/__torch__.py", "op_version_set = 1\n"),
    ):
        archive.writestr(f"m/{name}", text)
    for name in ("constants.pkl", "data.pkl", "constants/0", "data/0"):
        with archive.open(f"m/{name}", "w", force_zip64=True) as file:
            for _ in range(100):
                file.write(bytes(2 << 20))
