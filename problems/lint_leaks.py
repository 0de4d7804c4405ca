"""Looks for the reference where a contestant could reach it.

Three ways it has leaked elsewhere: the very file copied to the inputs; a table whose column, matched
by id, is the label; an array that equals the labels. Hidden inputs that also stand in the training
data are a warning: the score then measures memory.

Codes: reference-exposed, labels-exposed, inputs-in-training, tables-unchecked.
"""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from problems.casenames import ANSWER, split_of
from problems.errors import Finding
from problems.loader import Package, PackageFile

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_TABLES = (".csv", ".parquet")
_ARRAYS = (".npy", ".npz")
# Fewer shared rows than this may agree by chance.
_MIN_ROWS = 8
_MIN_ROW_BYTES = 16


def check_leaks(package: Package) -> Iterator[Finding]:
    """Compare everything contestants or their code can read with the reference.

    Args:
        package: a loaded package.

    Yields:
        Findings.
    """
    reference = tuple(entry for entry in package.below("hidden/reference") if not _is_sample(package, entry))
    reachable = (*package.below("public"), *package.below("hidden/inputs"), *package.below("statement"))
    by_hash = {entry.sha256: entry.name for entry in reference if entry.n_bytes}
    for entry in reachable:
        if entry.sha256 in by_hash:
            yield Finding("reference-exposed", f"is the same file as {by_hash[entry.sha256]}", entry.name)
    try:
        import numpy as np
        import pandas as pd
    except ImportError:
        message = "numpy and pandas are not installed; tables and arrays were not compared"
        yield Finding("tables-unchecked", message, severity="warning")
        return
    yield from _check_tables(package, reference, reachable, pd)
    yield from _check_arrays(package, reference, reachable, np)


def _is_sample(package: Package, entry: PackageFile) -> bool:
    """Whether a file is the answer of a test case that contestants may see."""
    spec = package.spec
    rules = spec.program.cases if spec.program else spec.interactive
    case = entry.name.removeprefix("hidden/reference/").removesuffix(ANSWER)
    return rules is not None and entry.name.endswith(ANSWER) and split_of(case, rules) == "sample"


def _read_table(entry: PackageFile, pd: Any) -> "pd.DataFrame | None":  # noqa: ANN401 - module handed over
    try:
        if entry.name.endswith(".parquet"):
            return pd.read_parquet(entry.path)  # type: ignore[no-any-return]
        return pd.read_csv(entry.path, low_memory=False)  # type: ignore[no-any-return]
    except (ValueError, OSError):
        # Not a table after all, whatever its name says: nothing to compare.
        return None


def _check_tables(
    package: Package,
    reference: tuple[PackageFile, ...],
    reachable: tuple[PackageFile, ...],
    pd: Any,  # noqa: ANN401 - module handed over
) -> Iterator[Finding]:
    options = package.spec.scoring.options
    id_column, target = str(options.get("id_column", "id")), str(options.get("target_column", "label"))
    answers = {}
    for entry in reference:
        table = _read_table(entry, pd) if entry.name.endswith(_TABLES) else None
        if table is not None and {id_column, target} <= set(table.columns):
            answers.update(dict(zip(table[id_column].astype(str), table[target].astype(str), strict=True)))
    if len(set(answers.values())) < 2:
        return
    for entry in reachable:
        table = _read_table(entry, pd) if entry.name.endswith(_TABLES) else None
        if table is not None and id_column in table.columns:
            yield from _check_columns(entry, table, id_column, answers)


def _check_columns(
    entry: PackageFile, table: "pd.DataFrame", id_column: str, answers: dict[str, str]
) -> Iterator[Finding]:
    expected = table[id_column].astype(str).map(answers)
    shared = expected.notna()
    if shared.sum() < _MIN_ROWS or expected[shared].nunique() < 2:
        return
    for column in table.columns:
        if column != id_column and (table.loc[shared, column].astype(str) == expected[shared]).all():
            message = f"column {str(column)[:60]!r} is the label of {int(shared.sum())} hidden rows"
            yield Finding("labels-exposed", message, entry.name)


def _arrays(entry: PackageFile, np: Any) -> "dict[str, np.ndarray[Any, Any]]":  # noqa: ANN401 - module
    try:
        loaded = np.load(entry.path, allow_pickle=False)
        if entry.name.endswith(".npy"):
            return {"": loaded}
        with loaded:
            return {key: loaded[key] for key in loaded.files}
    except (ValueError, OSError, EOFError):
        return {}


def _check_arrays(
    package: Package,
    reference: tuple[PackageFile, ...],
    reachable: tuple[PackageFile, ...],
    np: Any,  # noqa: ANN401 - module handed over
) -> Iterator[Finding]:
    answers = [
        array
        for entry in reference
        if entry.name.endswith(_ARRAYS)
        for key, array in _arrays(entry, np).items()
        if key not in {"split", "id"}
        and array.ndim == 1
        and len(array) >= _MIN_ROWS
        and len(np.unique(array)) > 1
    ]
    hidden_rows = {
        digest
        for entry in package.below("hidden/inputs")
        if entry.name.endswith(_ARRAYS)
        for array in _arrays(entry, np).values()
        for digest in _row_digests(array)
    }
    for entry in reachable:
        if entry.name.endswith(_ARRAYS):
            yield from _check_array_file(entry, answers, hidden_rows, np)


def _check_array_file(
    entry: PackageFile,
    answers: list[Any],
    hidden_rows: set[bytes],
    np: Any,  # noqa: ANN401 - module handed over
) -> Iterator[Finding]:
    for key, array in _arrays(entry, np).items():
        if any(array.shape == answer.shape and np.array_equal(array, answer) for answer in answers):
            yield Finding("labels-exposed", f"array {key!r} equals the labels", entry.name)
        if entry.name.startswith("hidden/"):
            continue
        n_shared = sum(digest in hidden_rows for digest in _row_digests(array))
        if n_shared:
            message = f"array {key!r}: {n_shared} rows are also hidden inputs"
            yield Finding("inputs-in-training", message, entry.name, severity="warning")


def _row_digests(array: Any) -> Iterator[bytes]:  # noqa: ANN401 - an array of any dtype
    """Yield a digest of each row, in a form that does not depend on the dtype it is stored in."""
    if array.ndim < 2 or array.dtype.kind not in "fiub":
        return
    flat = array.reshape(len(array), -1).astype("float32")
    # 0-255 bytes and 0-1 floats are one picture.
    if array.dtype.kind in "iu" and flat.size and flat.max() > 1:
        flat = flat / 255
    if flat.shape[1] * flat.itemsize >= _MIN_ROW_BYTES:
        yield from (hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in flat.round(4))
