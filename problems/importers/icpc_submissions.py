"""Example submissions of ICPC packages: the folder tells the verdict."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from problems.formats import FORMAT_OF_SUFFIX
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.languages import LANGUAGES

# Folder → role, verdicts that are right.
_FOLDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "accepted": ("good", ("AC",)),
    "slow_accepted": ("other", ("AC", "TLE")),
    "partially_accepted": ("other", ("AC", "WA", "RTE", "TLE", "MLE", "PE")),
    "wrong_answer": ("other", ("WA", "PE")),
    "run_time_error": ("crash", ("RTE", "MLE")),
    "runtime_exception": ("crash", ("RTE", "MLE")),
    "time_limit_exceeded": ("too-slow", ("TLE",)),
    "memory_limit_exceeded": ("crash", ("MLE", "RTE")),
    "output_limit_exceeded": ("other", ("OLE",)),
    "compile_error": ("wrong-format", ("CE",)),
    "compiler_error": ("wrong-format", ("CE",)),
    "rejected": ("other", ("WA", "PE", "RTE", "TLE", "MLE", "OLE")),
}


def add_submissions(draft: Draft, source: Source, n_points: float, report: Report) -> None:
    """Add every submission in a language we have.

    Args:
        draft: gets them.
        source: has them.
        n_points: of all subtasks; 0 for a pass-fail problem.
        report: told of each.
    """
    programs: dict[tuple[str, str], dict[str, Path]] = defaultdict(dict)
    for path, file in source.below("submissions").items():
        folder, _, rest = path.partition("/")
        if rest:
            programs[folder, rest.partition("/")[0]][rest] = file
    for (folder, name), files in sorted(programs.items()):
        place = f"submissions/{folder}/{name}"
        if folder not in _FOLDERS:
            report.add(Fate.LEFT_OUT, place, folder, "what it must get is not known")
        elif len(files) != 1:
            report.add(Fate.LEFT_OUT, place, "a program of several files")
        elif _format_of(name, next(iter(files.values()))) not in LANGUAGES:
            report.add(Fate.LEFT_OUT, place, "language", "there is no runner image for it")
        else:
            _add(draft, folder, name, next(iter(files.values())), n_points)
            report.add(Fate.MAPPED, place, "submission", " or ".join(_FOLDERS[folder][1]))


def _format_of(name: str, file: Path) -> str:
    found = FORMAT_OF_SUFFIX.get("." + name.rpartition(".")[2].lower(), "")
    if found == "py" and b"python2" in file.read_bytes()[:100]:
        return "python2"
    return found


def _add(draft: Draft, folder: str, name: str, file: Path, n_points: float) -> None:
    role, verdicts = _FOLDERS[folder]
    rule: dict[str, Any] = {"role": role, "verdict": list(verdicts), "format": _format_of(name, file)}
    if role == "other" and folder == "accepted":
        rule["role"] = "good"
    if "AC" in verdicts:
        best = n_points or 1.0
        rule["score"] = [0.0, best] if folder == "partially_accepted" else [best, best]
    draft.example(f"{folder}-{Path(name).stem}", name, file, **rule)
