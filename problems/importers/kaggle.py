"""Imports Kaggle-style folders: a sample submission, a solution with `Usage`, and a metric.

    sample_submission.csv   columns and ids of what is handed in
    solution.csv            the same ids, the truth, and Usage: Public, Private or Ignored
    metric.py               score(solution, submission, row_id_column_name), as Kaggle's metrics are written
    train.csv, test.csv …   for contestants
    description.md

What the metric decides by is not known from outside: which direction is better is asked for.
"""

import csv
from pathlib import Path

from problems.errors import PackageError
from problems.importers.package import Draft, line_of, slug_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.tables import header_of

SAMPLE, SOLUTION, METRIC = "sample_submission.csv", "solution.csv", "metric.py"
_USAGES = frozenset({"public", "private", "ignored"})
_SCORER = Path(__file__).with_name("kaggle_scorer") / "scorer.py"


def convert(source: Source, parent: Path, report: Report, *, higher_is_better: bool | None) -> Draft:
    """Write a Kaggle-style folder as a problem of ours.

    Args:
        source: the folder.
        parent: existing folder; the problem becomes a folder of it.
        report: told of everything.
        higher_is_better: direction of the metric; None says it is not known, which refuses the import.

    Raises:
        PackageError: a file is missing, or the solution does not fit the sample.
    """
    sample, solution = header_of(source, SAMPLE), header_of(source, SOLUTION)
    row_id = sample[0]
    if row_id not in solution or "Usage" not in solution:
        raise PackageError.at("solution-columns", f"needs the columns {row_id} and Usage", SOLUTION, 1)
    _check_usage(source, solution.index("Usage"))
    if METRIC not in source.files:
        raise PackageError.at(
            "metric-missing", "write the metric as metric.py, with a function score", METRIC
        )
    if higher_is_better is None:
        report.add(Fate.REFUSED, METRIC, "direction", "say --higher-is-better or --lower-is-better")
    draft = Draft(parent, slug_of(source.name))
    try:
        _fill(draft, source, sample, report, is_up=bool(higher_is_better))
    except BaseException:
        draft.discard()
        raise
    return draft


def _check_usage(source: Source, column: int) -> None:
    with source.files[SOLUTION].open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = csv.reader(stream)
        next(rows, None)
        for number, row in enumerate(rows, start=2):
            if row and (len(row) <= column or row[column].strip().lower() not in _USAGES):
                found = row[column][:40] if len(row) > column else "nothing"
                message = f"Usage is {found!r}; Public, Private or Ignored is expected"
                raise PackageError.at("solution-usage", message, SOLUTION, number)


def _fill(draft: Draft, source: Source, sample: list[str], report: Report, *, is_up: bool) -> None:
    name = line_of(source.name.replace("-", " ").replace("_", " ")).capitalize()
    draft.names(name, f"{name}, a Kaggle-style competition")
    draft.manifest |= {
        "kind": "predictions", "licence": "unknown", "authors": ["unknown"],
        "data": {"licence": "unknown", "source": {"en": "a Kaggle-style folder", "zh": "Kaggle 形式的目录"}},
        "submission": {"formats": ["csv"], "max_mib": 100}, "track": "competition",
    }  # fmt: skip
    options = {"parameters": {"row_id": sample[0], "columns": sample}}
    metrics = [{"name": "score", "higher_is_better": is_up}]
    draft.manifest["scoring"] = {
        "scorer": "custom",
        "options": options,
        "metrics": metrics,
        "primary": "score",
    }
    draft.add("scorer.py", _SCORER)
    for secret in (SOLUTION, METRIC):
        draft.add(f"hidden/reference/{secret}", source.files[secret])
    report.add(Fate.MAPPED, SOLUTION, "Usage", "public and private splits")
    report.add(Fate.ADAPTED, METRIC, "score", "runs unchanged in the trusted sandbox, once for each split")
    description = next((one for one in ("description.md", "README.md") if one in source.files), "")
    if not description:
        report.add(Fate.MISSING, "description.md", "statement", "write statement/en.md")
    draft.statement(source.text(description) if description else f"# {name}\n")
    for path, file in source.files.items():
        if path in {SOLUTION, METRIC, description}:
            continue
        if "solution" in path.lower() or "private" in path.lower():
            report.add(Fate.LEFT_OUT, path, "file", "its name says that it is not for contestants")
        else:
            draft.add(f"public/{path}", file)
            report.add(Fate.MAPPED, path, "public file")
    bounds = [-1e300, 1e300]
    draft.example("sample", SAMPLE, source.files[SAMPLE], role="baseline", verdict="AC", score=bounds)
