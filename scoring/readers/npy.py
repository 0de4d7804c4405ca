"""Reads predictions from NPY and NPZ files. Nothing is ever unpickled.

NPY has no ids: row i belongs to row i of the reference. One column is an array of shape (n,) or
(n, 1), several are (n, n_columns) in the order of the columns. NPZ holds one array of shape (n,) per
column, the ids among them.
"""

import math
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from scoring.faults import FaultLog, echo, listing
from scoring.options import Column
from scoring.readers.base import Array, RowBatch, RowNumbers, TableSpec
from scoring.readers.columns import check_numbers, encode_texts

_MIB = 1024 * 1024
_MAX_ARRAY_BYTES = 2048 * _MIB
_MAX_TEXT_CHARS = 1024
_MAX_CODE_POINT = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)
# NumPy's header is a Python literal: everything that parsing one can raise, and a broken archive.
_BAD_HEADER = (
    *(KeyError, ValueError, TypeError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError),
    *(EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError),
)


def read_array(file: IO[bytes], name: str, size: int, faults: FaultLog) -> Array:
    """Return the array in an open NPY file, after its header alone has been believed.

    Args:
        file: positioned at the start.
        name: what to call it in messages.
        size: bytes the file has, an upper bound for the array.
        faults: where to note it.

    Raises:
        SubmissionRefused: damaged, pickled, or its header claims more than the file holds.
    """
    shape, fortran_order, dtype = _read_header(file, faults)
    if dtype.hasobject:
        raise faults.refuse("npy-pickled")
    if dtype.kind not in "biufU" or dtype.itemsize == 0:
        raise faults.refuse("array-dtype", column=echo(name), found=echo(str(dtype)))
    n_bytes = math.prod(shape) * dtype.itemsize
    if any(length < 0 for length in shape) or len(shape) > 8 or n_bytes > size:
        raise faults.refuse("npy-unreadable")
    if n_bytes > _MAX_ARRAY_BYTES:
        raise faults.refuse("array-too-large", column=echo(name), limit=_MAX_ARRAY_BYTES // _MIB)
    raw = _read_exactly(file, n_bytes, faults)
    flat = np.frombuffer(raw, dtype=dtype)
    return flat.reshape(shape, order="F" if fortran_order else "C")


def _read_header(file: IO[bytes], faults: FaultLog) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old or odd headers, which are read or refused
            return readers[np.lib.format.read_magic(file)](file)
    except _BAD_HEADER:
        raise faults.refuse("npy-unreadable") from None


def _read_exactly(file: IO[bytes], n_bytes: int, faults: FaultLog) -> bytes:
    try:
        raw = file.read(n_bytes)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError):
        raise faults.refuse("npy-unreadable") from None
    if len(raw) != n_bytes:
        raise faults.refuse("npy-unreadable")
    return raw


def _numbers(array: Array, column: Column, rows: RowNumbers, faults: FaultLog) -> Array:
    is_whole = array.dtype.kind in "iub"
    if array.dtype.kind not in "iuf" or (column.kind == "int" and not is_whole):
        code = "column-not-integer" if column.kind == "int" else "column-not-number"
        raise faults.refuse(code, column=echo(column.name), found=echo(str(array.dtype)))
    values: Array = array.astype(np.int64 if column.kind == "int" else np.float64)
    check_numbers(values, column, rows, faults)
    return values


def _texts(array: Array, name: str, faults: FaultLog) -> Any:  # noqa: ANN401  # pyarrow has no types
    if array.dtype.kind in "iu":
        array = array.astype("U20")
    if array.dtype.kind != "U" or array.dtype.itemsize > 4 * _MAX_TEXT_CHARS:
        raise faults.refuse("column-not-text", column=echo(name), found=echo(str(array.dtype)))
    points = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).view(np.uint32)
    is_surrogate = (points >= _SURROGATES[0]) & (points <= _SURROGATES[1])
    if (points > _MAX_CODE_POINT).any() or is_surrogate.any():
        raise faults.refuse("column-not-unicode", column=echo(name))
    return pa.array(array.tolist(), pa.string())


def _column(array: Array, column: Column, spec: TableSpec, rows: RowNumbers, faults: FaultLog) -> Array:
    if column.kind in ("label", "str"):
        texts = _texts(array, column.name, faults)
        return encode_texts(texts, column, spec.vocabulary.get(column.name, {}), rows, faults)
    return _numbers(array, column, rows, faults)


def _check_shape(array: Array, name: str, expected: tuple[int, ...], faults: FaultLog) -> None:
    if array.shape != expected:
        raise faults.refuse(
            "array-shape", column=echo(name), found=echo(str(array.shape)), expected=str(expected)
        )


def read_npy(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield one batch without ids; what is wrong with it is noted.

    Raises:
        SubmissionRefused: damaged, or of another shape or type than expected.
    """
    with path.open("rb") as file:
        array = read_array(file, path.name, path.stat().st_size, faults)
    n_rows, n_columns = spec.n_expected, len(spec.columns)
    if array.shape == (n_rows,) and n_columns == 1:
        array = array.reshape(n_rows, 1)
    _check_shape(array, path.name, (n_rows, n_columns), faults)
    rows = RowNumbers(1)
    values = {
        column.name: _column(array[:, index], column, spec, rows, faults)
        for index, column in enumerate(spec.columns)
    }
    yield RowBatch(ids=None, values=values, rows=rows, n_rows=n_rows)


def _read_members(path: Path, spec: TableSpec, faults: FaultLog) -> dict[str, Array]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = [member.filename.removesuffix(".npy") for member in members]
            if sorted(names) != sorted(spec.names):
                raise faults.refuse("npz-names", expected=listing(spec.names), found=listing(names))
            arrays = {}
            for member, name in zip(members, names, strict=True):
                with archive.open(member) as file:
                    arrays[name] = read_array(file, name, member.file_size, faults)
            return arrays
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise faults.refuse("npy-unreadable") from None


def read_npz(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield one batch; what is wrong with it is noted.

    Raises:
        SubmissionRefused: damaged, or of another shape or type than expected.
    """
    arrays = _read_members(path, spec, faults)
    ids = arrays[spec.id_column]
    n_rows = ids.size
    if n_rows > spec.max_rows:
        raise faults.refuse("rows-too-many", limit=spec.max_rows)
    for name in spec.names:
        _check_shape(arrays[name], name, (n_rows,), faults)
    rows = RowNumbers(1)
    if spec.ids_are_int and ids.dtype.kind not in "iu":
        raise faults.refuse("column-not-integer", column=spec.id_column, found=echo(str(ids.dtype)))
    keys = ids.astype(np.int64) if spec.ids_are_int else _texts(ids, spec.id_column, faults)
    values = {
        column.name: _column(arrays[column.name], column, spec, rows, faults) for column in spec.columns
    }
    yield RowBatch(ids=keys, values=values, rows=rows, n_rows=n_rows)
