"""Words for what something was found to be, as codes: a sentence in one language must not quote another.

A message's parameter whose name ends in `_kind` holds a code of `KINDS`. Scripts branch on the code;
whoever shows the message puts the words in, in the reader's language.
"""

from collections.abc import Mapping

KINDS: dict[str, str] = {
    "empty": "an empty file",
    "short": "too short a file",
    "unknown": "something else",
    "text": "text",
    "binary": "binary data",
    "utf-16": "UTF-16 text",
    "pickle": "a Python pickle",
    "zip": "a zip archive",
    "zip-empty": "an empty zip archive",
    "zip-no-torchscript": "a zip archive without TorchScript code",
    "zip-no-program": "a zip archive without an exported program",
    "zip-no-skops": "a zip archive without a model saved by skops",
    "gzip": "a gzip file",
    "zstd": "a zstd file",
    "bzip2": "a bzip2 file",
    "xz": "an xz file",
    "7z": "a 7-Zip archive",
    "rar": "a RAR archive",
    "parquet": "a Parquet file",
    "npy": "a NumPy array",
    "hdf5": "an HDF5 file",
    "sqlite": "an SQLite database",
    "xls": "an old Excel workbook",
    "xlsx": "an Excel workbook",
    "pdf": "a PDF document",
    "picture": "a picture",
    "elf": "a program",
    "exe": "a Windows program",
    "damaged-header": "a file with a damaged header",
    "torchscript": "a TorchScript archive",
    "torch-export": "a torch.export archive",
    "safetensors": "a safetensors file",
    "skops": "a skops archive",
    "semicolons": "semicolons",
    "tabs": "tabs",
    "bars": "vertical bars",
    "number": "a number",
    "numbers": "an array of numbers",
}


def worded(params: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters with English words for the codes; an unknown code stands for itself.

    Args:
        params: of a message.
    """
    return {
        name: KINDS.get(str(value), value) if name.endswith("_kind") else value
        for name, value in params.items()
    }
