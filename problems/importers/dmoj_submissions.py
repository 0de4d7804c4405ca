"""Submissions beside a DMOJ problem, as its own test suite keeps them: `tests/<name>/test.yml`."""

from pathlib import Path
from typing import Any

from problems.importers.document import Document, as_list
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source

_FORMATS = {"PY3": "py", "PYPY3": "py", "C": "c", "C11": "c", "V8JS": "js"}
_ROLES = {"AC": "good", "WA": "other", "RTE": "crash", "IR": "crash", "TLE": "too-slow", "CE": "wrong-format"}
_VERDICTS = {"IR": "RTE", "SC": "SV"}


def add_submissions(draft: Draft, source: Source, n_points: float, report: Report) -> None:
    """Add those in a language we have whose result is one verdict.

    Args:
        draft: gets them.
        source: has them.
        n_points: of all cases.
        report: told of each.
    """
    for path in source.files:
        if path.startswith("tests/") and path.endswith("/test.yml"):
            said = Document(path, source.text(path))
            folder, language = path.removesuffix("/test.yml"), said.text("language")
            name = said.text("source")
            file = source.files.get(f"{folder}/{name}")
            found = _FORMATS.get(language) or {"CPP": "cpp", "JAV": "java"}.get(language[:3], "")
            expected = [str(word) for word in as_list(said.take("expect") or said.take("cases"))]
            if not found or file is None:
                report.add(Fate.LEFT_OUT, path, f"language {language}", "there is no runner image for it")
            elif len(set(expected)) != 1 or expected[0] not in _ROLES:
                report.add(Fate.LEFT_OUT, path, "expected results", "not one verdict for the whole")
            else:
                _add(draft, folder.rpartition("/")[2], name, file, found, expected[0], said, n_points)
                report.add(Fate.MAPPED, path, "submission", expected[0])


def _add(
    draft: Draft,
    name: str,
    filename: str,
    file: Path,
    found: str,
    word: str,
    said: Document,
    n_points: float,
) -> None:
    rule: dict[str, Any] = {"role": _ROLES[word], "verdict": [_VERDICTS.get(word, word)], "format": found}
    if word == "AC":
        score = said.take("score", n_points)
        best = float(score) if isinstance(score, int | float) else n_points
        rule["score"] = [best, best]
        rule["verdict"] = ["AC"] if best == n_points else ["AC", "WA"]
    draft.example(name, filename, file, **rule)
