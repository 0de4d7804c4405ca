"""Imports ICPC and Kattis problem packages: the legacy format and 2023-07 (and what 2025-09 shares with it).

Source of the format: https://icpc.io/problem-package-format. Test cases become ours with their groups as
subtasks; output validators become checkers, interactive ones interactors; submissions become examples that
must get the verdict of their folder.
"""

from pathlib import Path
from typing import Any

from problems.importers.document import Document, as_list, as_mapping
from problems.importers.icpc_data import add_data
from problems.importers.icpc_groups import GroupSettings
from problems.importers.icpc_inputs import check_inputs
from problems.importers.icpc_submissions import add_submissions
from problems.importers.package import Draft, line_of, slug_of
from problems.importers.programs import Runner
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.statement import Sample, from_latex, with_plain_images, with_samples
from problems.importers.validators import Told, checker_of, interactor_of

_VERSIONS = ("legacy", "legacy-icpc", "2023-07", "2023-07-draft", "2025-09", "draft")
_DEFAULT_TIME_S = 5.0
_REFUSED_FOLDERS = {
    "include": "code that is added to every submission cannot be mapped",
    "graders": "a grader of its own adds up the points",
}
_LANGUAGES = ["py", "c", "cpp", "java", "js"]


def convert(source: Source, parent: Path, report: Report, *, runner: Runner | None = None) -> Draft:
    """Write an ICPC package as ours.

    Args:
        source: the package.
        parent: existing folder; the problem becomes a folder of it.
        report: told of everything.
        runner: runs input validators; None where there are no sandboxes.

    Raises:
        PackageError: something named in the package is not there, or cannot be read.
    """
    said = Document("problem.yaml", source.text("problem.yaml"))
    version = said.text("problem_format_version", "legacy")
    if version in _VERSIONS:
        report.add(
            Fate.MAPPED,
            said.file,
            "problem_format_version",
            version,
            line=said.line("problem_format_version"),
        )
    else:
        report.add(
            Fate.ADAPTED, said.file, "problem_format_version", f"{version} is read as the newest known one"
        )
    draft = Draft(parent, slug_of(source.name))
    try:
        _fill(draft, source, said, report, runner)
    except BaseException:
        draft.discard()
        raise
    return draft


def _fill(draft: Draft, source: Source, said: Document, report: Report, runner: Runner | None) -> None:
    words = _words(said, report)
    is_interactive, is_scoring = "interactive" in words, "scoring" in words
    _names(draft, source, said)
    _credits(draft, said, report)
    draft.manifest |= {"kind": "interactive" if is_interactive else "program", "tags": _tags(said)}
    draft.manifest["submission"] = {"formats": _LANGUAGES, "max_mib": 0.125}
    draft.manifest["image"] = "python"
    draft.manifest["limits"] = _limits(source, said, report)
    settings = GroupSettings(source)
    groups = add_data(draft, source, settings, report, is_scoring=is_scoring)
    told = Told(said, settings, groups.names)
    rules: dict[str, Any] = {"sample": ["sample/*"]} if "sample" in groups.names else {}
    rules |= {"subtasks": groups.subtasks, "stop": "never"} if is_scoring else {"stop": "first-failure"}
    if is_interactive:
        turn_s = draft.manifest["limits"]["execute"]["wall_time_s"]
        rules |= interactor_of(draft, source, told, report)
        draft.manifest["interactive"] = rules | {"turn_s": turn_s, "total_s": turn_s, "start_s": turn_s}
    else:
        draft.manifest["program"] = {
            "cases": rules | {"checker": checker_of(draft, source, said, told, report)}
        }
    primary = "points" if is_scoring else "cases_passed"
    metrics = [{"name": primary}] + [{"name": f"subtask_{one['name']}"} for one in groups.subtasks]
    options = {"options": {"partial": True}} if is_scoring else {}
    draft.manifest["scoring"] = {"scorer": "cases", **options, "metrics": metrics, "primary": primary}
    check_inputs(source, settings, groups.cases, report, runner)
    draft.manifest["feedback"] = "cases"
    _statements(draft, source, groups.samples, report)
    add_submissions(draft, source, groups.n_points, report)
    _rest(source, said, report)


def _words(said: Document, report: Report) -> set[str]:
    """Return what kind of problem it is, in the words of `type` and `validation`."""
    words = {word for item in as_list(said.take("type", "")) for word in str(item).split()}
    words |= set(said.text("validation").split())
    unknown = words & {"multi-pass", "submit-answer"}
    for word in sorted(unknown):
        report.add(
            Fate.REFUSED, said.file, "type", f"{word} problems cannot be judged here", line=said.line("type")
        )
    if {"custom", "score"} <= words:
        note = "a validator that gives points of its own, of which the most is not stated"
        report.add(Fate.REFUSED, said.file, "validation", note, line=said.line("validation"))
    grading = as_mapping(said.take("grading"))
    if grading.get("objective", "max") != "max":
        note = "less is better: leaderboards of test cases order the other way"
        report.add(Fate.REFUSED, said.file, "grading", note, line=said.line("grading"))
    return words


def _names(draft: Draft, source: Source, said: Document) -> None:
    name = said.take("name", source.name)
    names = as_mapping(name)
    english = str(names.get("en") or next(iter(names.values()), "") or name)
    draft.names(english, f"{english}, an ICPC problem")
    chinese = names.get("zh") or names.get("zh-CN") or names.get("zh-Hans")
    if chinese:
        draft.manifest["names"]["zh"] = line_of(str(chinese))


def _credits(draft: Draft, said: Document, report: Report) -> None:
    people: list[str] = []
    for key in ("author", "credits", "rights_owner", "source"):
        value = said.take(key)
        found = as_mapping(value).get("authors", value) if isinstance(value, dict) else value
        people += [str(as_mapping(item).get("name", item)) for item in as_list(found)]
    licence = said.text("license", "unknown")
    draft.manifest["authors"] = [line_of(name) for name in people if line_of(name)][:50] or ["unknown"]
    draft.manifest["licence"] = line_of(licence)
    origin = line_of(said.text("source_url") or (people[-1] if people else "an ICPC problem package"))
    draft.manifest["data"] = {"licence": line_of(licence), "source": {"en": origin, "zh": origin}}
    fate = Fate.MISSING if licence == "unknown" else Fate.MAPPED
    report.add(fate, said.file, "license", licence, line=said.line("license"))


def _tags(said: Document) -> list[str]:
    words = said.take("keywords", [])
    words = words.split() if isinstance(words, str) else as_list(words)
    tags = {slug_of(str(word)) for word in words}
    return sorted(tag for tag in tags if len(tag) > 1)[:20]


def _limits(source: Source, said: Document, report: Report) -> dict[str, dict[str, Any]]:
    limits = as_mapping(said.take("limits"))
    execute: dict[str, Any] = {"n_processes": 64}
    stated = limits.get("time_limit") or _timelimit_file(source)
    if isinstance(stated, int | float) and 0 < stated <= 3600:
        time_s = float(stated)
        report.add(
            Fate.MAPPED, said.file, "time limit", f"{time_s:g} s", line=said.line("limits", "time_limit")
        )
    else:
        time_s = _DEFAULT_TIME_S
        report.add(
            Fate.MISSING, said.file, "time limit",
            f"elsewhere derived from the accepted submissions; {time_s:g} s assumed",
        )  # fmt: skip
    execute |= {"wall_time_s": 2 * time_s + 1, "cpu_time_s": time_s}
    execute["memory_mib"] = _bounded(limits.get("memory"), 1024, 64, 65_536)
    execute["stdout_kib"] = _bounded(limits.get("output"), 8, 1, 64) * 1024
    compiling = {
        "wall_time_s": float(_bounded(limits.get("compilation_time"), 60, 1, 600)),
        "memory_mib": _bounded(limits.get("compilation_memory"), 2048, 256, 65_536),
    }
    for key in sorted(
        set(limits) - {"time_limit", "memory", "output", "compilation_time", "compilation_memory"}
    ):
        report.add(Fate.LEFT_OUT, said.file, f"limits.{key}", line=said.line("limits", key))
    return {"compile": compiling, "execute": execute}


def _bounded(value: object, default: int, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return int(min(max(value, low), high))


def _timelimit_file(source: Source) -> float | None:
    try:
        return float(source.text(".timelimit").strip()) if ".timelimit" in source.files else None
    except ValueError:
        return None


def _statements(draft: Draft, source: Source, samples: list[Sample], report: Report) -> None:
    found: dict[str, str] = {}
    for folder in ("statement", "problem_statement"):
        for name, file in source.below(folder).items():
            path, (_, *language, suffix) = f"{folder}/{name}", name.rsplit("/")[-1].split(".")
            tongue = (
                "zh" if language and language[0].startswith("zh") else (language[0] if language else "en")
            )
            if suffix == "tex":
                found[tongue] = from_latex(source.text(path), path, report)
            elif suffix == "md":
                found[tongue] = source.text(path)
                report.add(Fate.MAPPED, path, "statement")
            elif suffix in {"png", "jpg", "jpeg", "gif", "svg"} and "/" not in name:
                draft.add(f"statement/{name}", file)
                report.add(Fate.MAPPED, path, "picture")
            else:
                report.add(Fate.LEFT_OUT, path, "not Markdown, LaTeX or a picture")
    english = found.get("en") or next(iter(found.values()), "")
    if not english:
        report.add(Fate.MISSING, "statement", "statement", "write statement/en.md")
        english = f"# {draft.manifest['names']['en']}\n"
    zh = found.get("zh", "")
    texts = [with_samples(with_plain_images(text), samples) if text else "" for text in (english, zh)]
    draft.statement(texts[0], zh=texts[1])


def _rest(source: Source, said: Document, report: Report) -> None:
    said.take("uuid")
    for key, line in said.untouched():
        report.add(Fate.LEFT_OUT, said.file, key, line=line)
    for path in source.files:
        top = path.partition("/")[0]
        if top in _REFUSED_FOLDERS:
            report.add(Fate.REFUSED, path, top, _REFUSED_FOLDERS[top])
        elif top in {"generators", "attachments", "answer_validators", "solution"}:
            report.add(Fate.LEFT_OUT, path, top)
