"""Submissions that know nothing, as tables and arrays: one constant, one random, in the shape asked for.

The shape comes from the scorer's options and the reference; where a scorer is the organizer's own, from what
two examples have in common: columns that agree are keys, the others are predictions.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from problems.lint_leaks_pieces import Piece
from problems.loader import Package, PackageFile
from scoring.options import ArraysOptions, Column, TableOptions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REFERENCE = "hidden/reference/"
_SEED = 20_260_101
_FEW = 20


class NoProbe(Exception):
    """No such submission can be made for this problem; `str()` says why."""


def write_probes(package: Package, file_format: str, folder: Path) -> dict[str, Path]:
    """Write a constant and a random submission.

    Args:
        package: whose scorer reads tables or arrays.
        file_format: of the submission.
        folder: existing.

    Returns:
        Name of the probe → file.

    Raises:
        NoProbe: there is no telling what they would look like.
    """
    try:
        import pandas  # noqa: F401 - asked for once, here
    except ImportError as error:
        raise NoProbe("pandas is not installed") from error
    scorer = package.spec.scoring.scorer
    if scorer == "arrays":
        return _written(_arrays(package), file_format, folder)
    made = _tables(package) if scorer == "table" else _like_examples(package)
    return _written(made, file_format, folder)


def _written(made: Mapping[str, Any], file_format: str, folder: Path) -> dict[str, Path]:
    import numpy as np

    files = {}
    for name, table in made.items():
        path = files[name] = folder / f"{name}.{file_format}"
        match file_format:
            case "csv":
                table.to_csv(path, index=False, lineterminator="\n")
            case "jsonl":
                table.to_json(path, orient="records", lines=True)
            case "parquet":
                table.to_parquet(path, index=False)
            case "npy" if isinstance(table, np.ndarray):
                np.save(path, table)
            case _:
                raise NoProbe(f"none is made as {file_format}")
    return files


def _read(entry: PackageFile) -> "pd.DataFrame":
    from problems.lint_leaks_truth import read_table

    table = read_table(Piece(entry.name, entry.path, entry.sha256, entry.n_bytes))
    if table is None:
        raise NoProbe(f"{entry.name} cannot be read as a table")
    return table


def _tables(package: Package) -> dict[str, "pd.DataFrame"]:
    import numpy as np
    import pandas as pd

    options = TableOptions.model_validate(package.spec.scoring.options)
    names = (f"{REFERENCE}reference.parquet", f"{REFERENCE}reference.csv")
    truth = _read(next(package.files[name] for name in names if name in package.files))
    # Column by column what is true of it; a single target belongs to the column that metrics read.
    targets = {options.prediction_column or options.columns[0].name: options.target_column}
    if options.target_columns:
        targets = dict(zip((column.name for column in options.columns), options.target_columns, strict=False))
    rng = np.random.default_rng(_SEED)
    made = {}
    for name in ("constant", "random"):
        columns: dict[str, Any] = {options.id_column: truth[options.id_column]}
        for column in options.columns:
            is_read = column.name in targets and not options.probability_columns
            values = truth[targets[column.name]] if is_read else None
            columns[column.name] = _column(column, values, len(truth), rng if name == "random" else None)
        for column_name in options.probability_columns:
            share = np.full(len(truth), 1 / len(options.probability_columns))
            columns[column_name] = share if name == "constant" else rng.random(len(truth))
        made[name] = pd.DataFrame(columns)
    wide = list(options.probability_columns)
    if wide:
        made["random"][wide] = made["random"][wide].div(made["random"][wide].sum(axis=1), axis=0)
    return made


def _column(
    column: Column, target: "pd.Series[Any] | None", n_rows: int, rng: "np.random.Generator | None"
) -> "Sequence[Any] | np.ndarray[Any, Any]":
    """Return values that the column allows: one and the same, or by the generator."""
    import numpy as np

    if column.kind in {"label", "str"}:
        known = [] if target is None else [str(value) for value in target.astype(str).value_counts().index]
        allowed = [value for value in known if not column.values or value in column.values]
        allowed = allowed or list(column.values) or ["x"]
        return [allowed[0]] * n_rows if rng is None else list(rng.choice(allowed, n_rows))
    low, high = _range(column, target)
    if rng is None:
        middle = (
            float(target.mean()) if target is not None and target.dtype.kind in "biuf" else (low + high) / 2
        )
        values = np.full(n_rows, min(max(middle, low), high))
    else:
        values = rng.uniform(low, high, n_rows)
    return values.round().astype(np.int64) if column.kind == "int" else values


def _range(column: Column, target: "pd.Series[Any] | None") -> tuple[float, float]:
    is_number = target is not None and target.dtype.kind in "biuf" and len(target)
    low, high = (float(target.min()), float(target.max())) if is_number and target is not None else (0.0, 1.0)
    low = low if column.minimum is None else column.minimum
    high = high if column.maximum is None else column.maximum
    return (low, high) if low <= high else (low, low)


def _arrays(package: Package) -> dict[str, "np.ndarray[Any, Any]"]:
    import numpy as np

    options = ArraysOptions.model_validate(package.spec.scoring.options)
    with np.load(package.files[f"{REFERENCE}reference.npz"].path, allow_pickle=False) as archive:
        y_true = archive["y_true"]
    scores = np.random.default_rng(_SEED).random((len(y_true), options.n_classes))
    most = int(np.bincount(y_true, minlength=options.n_classes).argmax())
    constant = np.zeros((len(y_true), options.n_classes), dtype=np.float32)
    constant[:, most] = 1
    return {"constant": constant, "random": (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)}


def _like_examples(package: Package) -> dict[str, "pd.DataFrame"]:
    import numpy as np

    good = next((example for example in package.examples if example.role == "good"), None)
    if good is None:
        raise NoProbe("there is no good example to take the shape from")
    shape = _read(package.files[f"submissions/{good.name}/{good.filename}"])
    others = [
        _read(package.files[f"submissions/{one.name}/{one.filename}"])
        for one in package.examples
        if one.role == "baseline" and one.format == good.format
    ]
    others += [_read(entry) for entry in package.below("public") if "sample_submission" in entry.name]
    other = next((one for one in others if list(one.columns) == list(shape.columns)), None)
    keys = [] if other is None else [name for name in shape.columns if set(shape[name]) == set(other[name])]
    if other is None or not keys or len(keys) == len(shape.columns):
        raise NoProbe("the examples do not tell which columns are predictions")
    rng = np.random.default_rng(_SEED)
    constant, random = shape.copy(), shape.copy()
    for name in set(shape.columns) - set(keys):
        values = shape[name]
        is_number = values.dtype.kind == "f" and values.nunique() > _FEW
        constant[name] = values.mean() if is_number else values.mode().iloc[0]
        random[name] = rng.permutation(values.to_numpy())
    return {"constant": constant, "random": random}
