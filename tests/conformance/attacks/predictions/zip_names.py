"""An NPZ file with hostile names.

Tries: to have members written outside, taken twice, or read by names that lead elsewhere.
Covers: file-names npy zip-bomb
Road: predictions npz
Must: PE
"""

import warnings
import zipfile

warnings.simplefilter("ignore")
with zipfile.ZipFile("artefact", "w") as archive:
    for name in (
        "../../../tmp/planted.npy",
        "/etc/planted.npy",
        "id.npy",
        "id.npy",
        "a\0b.npy",
        "\u202eypn.di",
        "x" * 60000,
        "con.npy",
    ):
        archive.writestr(name, b"\x93NUMPY not really")
