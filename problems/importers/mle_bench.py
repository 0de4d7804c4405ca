"""Imports competitions of mle-bench: `config.yaml`, `grade.py`, and the data that mle-bench prepared.

    config.yaml, grade.py, description.md, leaderboard.csv, …   the folder of mlebench/competitions
    prepared/public, prepared/private                           what `mlebench prepare` made of Kaggle's data
    mlebench/…                                                  its modules, where grade.py imports them

Data is not part of a competition's folder, and making it wants Kaggle's files: it is expected beside it. The
grader is run unchanged in the trusted sandbox; contestants hand in predictions.
"""

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from problems.importers.document import Document, as_mapping
from problems.importers.mle_bench_modules import add_modules
from problems.importers.package import Draft, slug_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.tables import header_of

CONFIG, GRADER = "config.yaml", "grade.py"
_PUBLIC, _PRIVATE = "prepared/public/", "prepared/private/"
_SCORER = Path(__file__).with_name("mle_bench_scorer") / "scorer.py"
_LEFT_OUT = {
    "prepare.py": "not run: it makes prepared/ of files that Kaggle has",
    "checksums.yaml": "of Kaggle's files",
    "kernels.txt": "links to others' solutions",
    "description_obfuscated.md": "description.md is the statement",
    "leaderboard.csv": "medals are for the page of a contest",
}
_WIDE = [-1e300, 1e300]


class _Data(NamedTuple):
    """Files of the prepared data, by what they are for."""

    answers: str
    sample: str
    gold: str


def convert(source: Source, parent: Path, report: Report, *, higher_is_better: bool | None) -> Draft:
    """Write a competition as a problem of ours.

    Args:
        source: its folder.
        parent: existing folder; the problem becomes a folder of it.
        report: told of everything.
        higher_is_better: direction of the grader; None takes it from the leaderboard, as mle-bench does.

    Raises:
        PackageError: a file that is named is not there, or cannot be read.
    """
    said = Document(CONFIG, source.text(CONFIG))
    draft = Draft(parent, slug_of(said.text("id") or source.name))
    try:
        _fill(draft, source, said, report, higher_is_better)
    except BaseException:
        draft.discard()
        raise
    return draft


def _fill(draft: Draft, source: Source, said: Document, report: Report, is_up: bool | None) -> None:
    name = said.text("name") or source.name
    draft.names(name, f"{name}, a competition of mle-bench")
    draft.manifest |= {
        "kind": "predictions", "licence": "unknown", "authors": ["unknown"], "track": "competition",
        "data": {"licence": "unknown", "source": {"en": "Kaggle, by mle-bench", "zh": "Kaggle 与 mle-bench"}},
        "submission": {"formats": ["csv"], "max_mib": 300},
    }  # fmt: skip
    note = "see the rules of the competition on Kaggle"
    report.add(Fate.MISSING, CONFIG, "licence of the data", note)
    data = _data(source, said, report)
    is_up = _direction(source, report) if is_up is None else is_up
    called = add_modules(draft, source, said, report)
    if data is None or is_up is None or called is None:
        return
    module, function = called
    answers = f"private/{data.answers.removeprefix(_PRIVATE)}"
    columns = header_of(source, data.sample)
    parameters = {"module": module, "function": function, "answers": answers, "columns": columns}
    draft.manifest["scoring"] = {
        "scorer": "custom",
        "options": {"parameters": parameters},
        "metrics": [{"name": "score", "higher_is_better": is_up}],
        "primary": "score",
    }
    draft.add("scorer.py", _SCORER)
    report.add(Fate.MAPPED, CONFIG, "grader", f"{module}:{function}", line=said.line("grader"))
    report.add(Fate.ADAPTED, CONFIG, "splits", "one set of answers: it counts at once and at the end")
    _add_files(draft, source, report)
    draft.example(
        "sample", "submission.csv", source.files[data.sample], role="baseline", verdict="AC", score=_WIDE
    )
    if data.gold:
        draft.example(
            "gold", "submission.csv", source.files[data.gold], role="good", verdict="AC", score=_WIDE
        )
        report.add(Fate.MAPPED, data.gold, "gold submission", "an example submission")
    _rest(said, report)


def _data(source: Source, said: Document, report: Report) -> _Data | None:
    """Return where the prepared data is; None when it is not there, and the report says so."""
    if not any(path.startswith(_PRIVATE) for path in source.files):
        note = "run `mlebench prepare` and put prepared/public and prepared/private beside config.yaml"
        report.add(Fate.REFUSED, CONFIG, "dataset", note, line=said.line("dataset"))
        return None
    stated = as_mapping(said.take("dataset"))
    found: dict[str, str] = {}
    for key in ("answers", "sample_submission", "gold_submission"):
        path = str(stated.get(key) or "")
        found[key] = "prepared/" + path.partition("/prepared/")[2] if path else ""
        if found[key] and found[key] not in source.files:
            raise said.fault("file-missing", f"there is no {found[key][:100]}", "dataset", key)
        if found[key]:
            report.add(Fate.MAPPED, CONFIG, f"dataset.{key}", found[key], line=said.line("dataset", key))
    for key in ("answers", "sample_submission"):
        if not found[key]:
            raise said.fault("key-missing", f"dataset.{key} is not stated", "dataset")
    if not found["answers"].startswith(_PRIVATE) or not found["answers"].endswith((".csv", ".jsonl")):
        note = "answers must be CSV or JSON lines below prepared/private, where contestants do not see them"
        report.add(Fate.REFUSED, CONFIG, "dataset.answers", note, line=said.line("dataset", "answers"))
    return _Data(found["answers"], found["sample_submission"], found["gold_submission"])


def _direction(source: Source, report: Report) -> bool | None:
    """Return whether more is better, by mle-bench's own rule: the first and the last score of others."""
    name, ask = "leaderboard.csv", "say --higher-is-better or --lower-is-better"
    scores: list[float] = []
    if name in source.files:
        rows = csv.DictReader(io.StringIO(source.text(name)))
        try:
            scores = [float(row["score"]) for row in rows if row.get("score")]
        except (ValueError, csv.Error):
            scores = []
    if len(scores) < 2 or not math.isfinite(scores[0] - scores[-1]) or scores[0] == scores[-1]:
        report.add(Fate.REFUSED, name, "direction", f"the leaderboard does not tell it: {ask}")
        return None
    is_up = scores[0] > scores[-1]
    words = "higher" if is_up else "lower"
    note = f"{words} is better, as its first score, {scores[0]:g}, is above that of its last; if not, {ask}"
    note = note if is_up else note.replace("above", "below")
    report.add(Fate.ADAPTED, name, "direction", note)
    return is_up


def _add_files(draft: Draft, source: Source, report: Report) -> None:
    private = {path: file for path, file in source.files.items() if path.startswith(_PRIVATE)}
    for path, file in private.items():
        draft.add(f"hidden/reference/private/{path.removeprefix(_PRIVATE)}", file)
    report.add(Fate.MAPPED, _PRIVATE.rstrip("/"), f"{len(private)} files", "hidden/reference")
    for path, file in source.files.items():
        if path.startswith(_PUBLIC):
            _add_public(draft, path, file, private, report)
        elif path in _LEFT_OUT:
            report.add(Fate.LEFT_OUT, path, "file", _LEFT_OUT[path])
    if "description.md" in source.files:
        report.add(Fate.MAPPED, "description.md", "statement")
        draft.statement(source.text("description.md"))
    else:
        report.add(Fate.MISSING, "description.md", "statement", "write statement/en.md")
        draft.statement(f"# {draft.manifest['names']['en']}\n")


def _add_public(draft: Draft, path: str, file: Path, private: Mapping[str, Path], report: Report) -> None:
    size = file.stat().st_size
    for secret in private.values():
        if size and size == secret.stat().st_size and file.read_bytes() == secret.read_bytes():
            report.add(Fate.ADAPTED, path, "public file", "is private data itself: not made public")
            return
    draft.add(f"public/{path.removeprefix(_PUBLIC)}", file)
    report.add(Fate.MAPPED, path, "public file")


def _rest(said: Document, report: Report) -> None:
    for key in ("id", "name", "description", "grader"):
        said.take(key)
    for key, line in said.untouched():
        note = _LEFT_OUT["prepare.py"] if key == "preparer" else "a setting of mle-bench"
        report.add(Fate.LEFT_OUT, said.file, key, note, line=line)
