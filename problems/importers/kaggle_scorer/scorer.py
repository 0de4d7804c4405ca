"""Scores a Kaggle-style problem by its own `metric.py`, called as Kaggle calls it, once for each split.

`metric.py` defines `score(solution, submission, row_id_column_name)`. An exception of it that is called
ParticipantVisibleError is for the contestant to read, any other is its own fault.
"""

import importlib.util
from pathlib import Path

import pandas as pd

from scoring.custom import Refused, Result, Submission

SPLITS = {"public": "Public", "private": "Private"}


def score(submission: Submission) -> Result:
    """Return the metric on the public and on the private rows."""
    solution = pd.read_csv(submission.reference / "solution.csv")
    row_id = str(submission.parameters["row_id"])
    found = _checked(submission.read_csv(), solution, row_id, list(submission.parameters["columns"]))
    module = _load(submission.reference / "metric.py")
    result = Result()
    for split, usage in SPLITS.items():
        rows = solution[solution["Usage"].str.lower() == usage.lower()].drop(columns="Usage")
        if rows.empty:
            continue
        mine = found.set_index(row_id).loc[rows[row_id]].reset_index()
        try:
            value = module.score(rows.reset_index(drop=True), mine, row_id)
        except Exception as error:
            if type(error).__name__ != "ParticipantVisibleError":
                raise
            raise Refused(en=str(error), zh=f"评分程序拒绝了提交：{error}") from None
        result.metric("score", float(value), split=split)
    return result


def _checked(found: pd.DataFrame, solution: pd.DataFrame, row_id: str, columns: list[str]) -> pd.DataFrame:
    missing = [name for name in columns if name not in found.columns]
    if missing:
        names = ", ".join(missing)
        raise Refused(en=f"Columns are missing: {names}.", zh=f"缺少列：{names}。")
    n_repeated = int(found[row_id].duplicated().sum())
    n_absent = int((~solution[row_id].isin(found[row_id])).sum())
    n_strange = int((~found[row_id].isin(solution[row_id])).sum())
    if n_repeated or n_absent or n_strange:
        raise Refused(
            en=f"{row_id}: {n_absent} rows are missing, {n_strange} too many, {n_repeated} repeated.",
            zh=f"{row_id}：缺少 {n_absent} 行，多出 {n_strange} 行，重复 {n_repeated} 行。",
        )
    return found[columns]


def _load(path: Path):  # noqa: ANN202 - a module
    spec = importlib.util.spec_from_file_location("metric", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
