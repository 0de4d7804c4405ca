"""Checks that the reference is what its scorer reads, so that it is not the first submission that finds out.

Codes: reference-missing, reference-broken, reference-columns, reference-ids, reference-split, split-empty
"""

import json
from collections.abc import Iterator
from typing import Any

from problems.errors import Finding
from problems.loader import Package

_FOLDER = "hidden/reference/"
_SPLITS = frozenset({"sample", "public", "private"})
_SPLIT_CODES = frozenset({"0", "1"})


def check_reference(package: Package) -> Iterator[Finding]:
    """Check the reference of the scorers that read tables, arrays or requests.

    Args:
        package: a loaded package.

    Yields:
        Findings.
    """
    scoring = package.spec.scoring
    if not package.is_built:
        return
    if scoring.scorer == "service":
        yield from _check_requests(package, f"{_FOLDER}{scoring.options.get('requests', 'requests.jsonl')}")
    if scoring.scorer == "records":
        yield from _check_records(package, f"{_FOLDER}reference.jsonl")
    if scoring.scorer not in {"table", "arrays"}:
        return
    try:
        import pandas as pd
    except ImportError:
        return  # the search for leaks says so
    check = _check_table if scoring.scorer == "table" else _check_arrays
    yield from check(package, pd)


def _check_table(package: Package, pd: Any) -> Iterator[Finding]:  # noqa: ANN401 - module handed over
    from problems.lint_leaks_pieces import Piece
    from problems.lint_leaks_truth import read_table, target_columns

    options = package.spec.scoring.options
    name = next(
        (one for one in (f"{_FOLDER}reference.parquet", f"{_FOLDER}reference.csv") if one in package.files),
        "",
    )
    if not name:
        message = "scorer table needs this file, or reference.parquet"
        yield Finding("reference-missing", message, f"{_FOLDER}reference.csv")
        return
    entry = package.files[name]
    table = read_table(Piece(name, entry.path, entry.sha256, entry.n_bytes))
    if table is None:
        yield Finding("reference-broken", "cannot be read as a table with rows", name)
        return
    keys = [str(options.get("id_column", "id")), *target_columns(options)]
    split = str(options.get("split_column", "split"))
    if group := str(options.get("group_column", "")):
        keys.append(group)
    if missing := [key for key in (*keys, split) if key not in table.columns]:
        message = f"has no column {', '.join(missing)}; it has {', '.join(map(str, table.columns[:20]))}"
        yield Finding("reference-columns", message, name, 1)
        return
    twins = table[keys[0]][table[keys[0]].duplicated()]
    if len(twins):
        message = f"ids stand there twice, {len(twins)} in all, as {twins.iloc[0]}; give each row its own"
        # Row 1 of a CSV is its header; other formats have no lines.
        line = int(twins.index[0]) + 2 if name.endswith(".csv") else 0
        yield Finding("reference-ids", message, name, line)
    for key, n_empty in table[keys[1:]].isna().sum().items():
        if n_empty:
            yield Finding("reference-broken", f"column {key} is empty in {n_empty} rows", name)
    yield from _check_split(name, set(table[split].astype(str)), _SPLITS, "public")


def _check_split(name: str, found: set[str], known: frozenset[str], public: str) -> Iterator[Finding]:
    if unknown := sorted(found - known):
        message = f"splits are {', '.join(sorted(known))}, not {', '.join(unknown[:5])}"
        yield Finding("reference-split", message, name)
    elif public not in found:
        message = f"no row is of split {public}: nothing is scored while the contest runs"
        yield Finding("split-empty", message, name)


def _check_arrays(package: Package, pd: Any) -> Iterator[Finding]:  # noqa: ANN401 - module handed over
    import numpy as np

    name = f"{_FOLDER}reference.npz"
    if name not in package.files:
        yield Finding("reference-missing", "scorer arrays needs this file, with y_true and split", name)
        return
    try:
        with np.load(package.files[name].path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (ValueError, OSError, EOFError, AttributeError):
        yield Finding("reference-broken", "cannot be read as an archive of arrays", name)
        return
    if missing := sorted({"y_true", "split"} - set(arrays)):
        yield Finding("reference-columns", f"has no array {', '.join(missing)}", name)
        return
    y_true, split = arrays["y_true"], arrays["split"]
    if y_true.ndim != 1 or y_true.shape != split.shape or y_true.dtype.kind not in "iu" or not y_true.size:
        message = f"y_true must be whole numbers, one for each of split; got {y_true.dtype} {y_true.shape}"
        yield Finding("reference-broken", message, name)
        return
    yield from _check_inputs(package, len(y_true))
    yield from _check_split(name, set(pd.Series(split).astype(str)), _SPLIT_CODES, "0")


def _check_inputs(package: Package, n_rows: int) -> Iterator[Finding]:
    import numpy as np

    name = "hidden/inputs/inputs.npy"
    if name not in package.files or package.spec.kind != "model":
        return
    try:
        shape = np.load(package.files[name].path, allow_pickle=False, mmap_mode="r").shape
    except (ValueError, OSError, EOFError):
        yield Finding("reference-broken", "cannot be read as an array", name)
        return
    if not shape or shape[0] != n_rows:
        message = f"has {shape[0] if shape else 0} rows, the reference {n_rows}"
        yield Finding("reference-broken", message, name)


def _check_records(package: Package, name: str) -> Iterator[Finding]:
    if name not in package.files:
        yield Finding("reference-missing", "scorer records needs this file, one JSON object a line", name)
        return
    options = package.spec.scoring.options
    fields = [
        str(options.get(key, default))
        for key, default in (("id_field", "id"), ("truth_field", "answer"), ("split_field", "split"))
    ]
    splits, ids = set(), set()
    for number, line in enumerate(package.files[name].path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        said = _object(line)
        if missing := [key for key in fields if key not in said]:
            yield Finding(
                "reference-columns", f"must be a JSON object with {', '.join(missing)}", name, number
            )
            return
        if repr(said[fields[0]]) in ids:
            yield Finding(
                "reference-ids", f"id {str(said[fields[0]])[:40]!r} stands there twice", name, number
            )
            return
        ids.add(repr(said[fields[0]]))
        splits.add(str(said[fields[2]]))
    yield from _check_split(name, splits, _SPLITS, "public")


def _object(line: bytes) -> dict[str, Any]:
    """Return the JSON object on a line; one without keys where it is none."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _check_requests(package: Package, name: str) -> Iterator[Finding]:
    if name not in package.files:
        return
    splits, ids = set(), set()
    lines = package.files[name].path.read_bytes().splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        said = _object(line)
        if "id" not in said:
            yield Finding("reference-broken", "must be a JSON object with an `id`", name, number)
            return
        if str(said["id"]) in ids:
            yield Finding("reference-ids", f"id {str(said['id'])[:40]!r} stands there twice", name, number)
            return
        ids.add(str(said["id"]))
        splits.add(str(said.get("split", "public")))
    yield from _check_split(name, splits, _SPLITS, "public")
