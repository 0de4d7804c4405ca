"""Imports Codabench and CodaLab bundles: `competition.yaml` of version 2 and of version 1.5.

Each task (v2) or phase (v1.5) becomes a problem. Its scoring program is run as it is, in the trusted sandbox,
with the reference data; its ingestion program is run with the submission in the untrusted one, which never
holds the reference. Dates, quotas and the ranking of several tasks belong to a contest: the report says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from problems.importers.codabench_board import Board, read_board
from problems.importers.codabench_data import Store
from problems.importers.codabench_programs import command_of, wants_reference
from problems.importers.document import Document, as_list, as_mapping
from problems.importers.package import Draft, slug_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.statement import from_html

_SHOWN = ("public_data", "starting_kit")
_DEFAULT_TIME_S = 600.0  # of Codabench


@dataclass(slots=True)
class Task:
    """What is judged at once: a task of version 2, or a phase of 1.5.

    Attributes:
        name: of it.
        said: its keys.
        place: path of its keys in the document.
        time_s: limit of one program.
        phase: in which it is set, for the report.
        solutions: example submissions in the bundle.
    """

    name: str
    said: Mapping[str, Any]
    place: tuple[str | int, ...]
    time_s: float = _DEFAULT_TIME_S
    phase: str = ""
    solutions: list[str] = field(default_factory=list)


def convert(source: Source, parent: Path, report: Report, scratch: Path) -> list[Draft]:
    """Write a bundle as problems of ours, one for each task.

    Args:
        source: the bundle.
        parent: existing folder; each problem becomes a folder of it.
        report: told of everything.
        scratch: existing folder for what archives hold.

    Raises:
        PackageError: something that is named is not there, or cannot be read.
    """
    said = Document("competition.yaml", source.text("competition.yaml"))
    is_v2 = said.text("version").startswith("2") or "tasks" in said.value
    tasks = _tasks_v2(said, report) if is_v2 else _tasks_v15(said, report)
    if not tasks:
        raise said.fault("tasks-missing", "states nothing to be judged", "tasks" if is_v2 else "phases")
    report.add(Fate.MAPPED, said.file, "version", "2" if is_v2 else "1.5", line=said.line("version"))
    board = read_board(said, report)
    store = Store(source, scratch, report)
    drafts: list[Draft] = []
    try:
        for task in tasks:
            draft = _convert_task(said, task, board, store, parent, report, is_alone=len(tasks) == 1)
            if draft is not None:
                drafts.append(draft)
    except BaseException:
        for draft in drafts:
            draft.discard()
        raise
    _rest(said, report)
    return drafts


def _tasks_v2(said: Document, report: Report) -> list[Task]:
    tasks = {}
    for index, item in enumerate(as_list(said.take("tasks"))):
        entry = as_mapping(item)
        tasks[str(entry.get("index", index))] = Task(
            str(entry.get("name", f"task {index}")), entry, ("tasks", index)
        )
    for index, item in enumerate(as_list(said.take("solutions"))):
        entry = as_mapping(item)
        for number in as_list(entry.get("tasks")):
            if str(number) in tasks:
                tasks[str(number)].solutions.append(str(entry.get("path", "")))
        report.add(
            Fate.MAPPED, said.file, "solution", "an example submission", line=said.line("solutions", index)
        )
    for index, item in enumerate(as_list(said.take("phases"))):
        phase = as_mapping(item)
        for number in as_list(phase.get("tasks")):
            task = tasks.get(str(number))
            if task is not None:
                task.phase = str(phase.get("name", ""))
                task.time_s = _seconds(phase.get("execution_time_limit"), task.time_s)
                shown = {key: phase[key] for key in _SHOWN if phase.get(key)}
                task.said = {**shown, **task.said}
        _report_phase(said, phase, ("phases", index), report)
    return list(tasks.values())


def _tasks_v15(said: Document, report: Report) -> list[Task]:
    tasks = []
    for key, item in as_mapping(said.take("phases")).items():
        phase, place = as_mapping(item), ("phases", key)
        _report_phase(said, phase, place, report)
        if phase.get("is_parallel_parent"):
            note = "gathers the scores of other phases: set their problems in one contest"
            report.add(Fate.LEFT_OUT, said.file, "is_parallel_parent", note, line=said.line(*place))
            continue
        time_s = _seconds(phase.get("execution_time_limit"), _DEFAULT_TIME_S)
        tasks.append(
            Task(str(phase.get("label", f"phase {key}")), phase, place, time_s, str(phase.get("label", "")))
        )
    return tasks


def _report_phase(
    said: Document, phase: Mapping[str, Any], place: tuple[str | int, ...], report: Report
) -> None:
    words = (
        "start",
        "end",
        "start_date",
        "max_submissions",
        "max_submissions_per_day",
        "auto_migrate_to_this_phase",
    )
    found = [f"{word} {phase[word]}" for word in words if phase.get(word) not in (None, "")]
    note = "set it in a contest: " + (", ".join(found) or "no dates")
    report.add(Fate.LEFT_OUT, said.file, f"phase {place[-1]}", note, line=said.line(*place))


def _seconds(value: object, default: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400
    return float(value) if is_number and isinstance(value, int | float) else default


def _convert_task(
    said: Document, task: Task, board: Board, store: Store, parent: Path, report: Report, *, is_alone: bool
) -> Draft | None:
    line = said.line(*task.place)
    for key in ("scoring_program", "reference_data", "ingestion_program", "input_data"):
        if task.said.get("key") or (task.said.get(key) and not store.has(str(task.said[key]))):
            what = str(task.said.get("key") or task.said[key])[:80]
            report.add(Fate.REFUSED, said.file, key, f"{what} is not in the bundle", line=line)
            return None
    if not task.said.get("scoring_program"):
        report.add(Fate.REFUSED, said.file, task.name, "a task without a scoring program", line=line)
        return None
    title = said.text("title", "competition")
    draft = Draft(parent, slug_of(title if is_alone else f"{title[:34]} {task.name}"))
    try:
        _fill(draft, said, task, board, store, report, title if is_alone else f"{title}: {task.name}")
    except BaseException:
        draft.discard()
        raise
    return draft


def _fill(
    draft: Draft, said: Document, task: Task, board: Board, store: Store, report: Report, title: str
) -> None:
    draft.names(title, said.text("description") or title)
    draft.manifest |= {
        "licence": "unknown", "authors": ["unknown"], "image": "python-ml", "feedback": "verdict",
        "data": {"licence": "unknown", "source": {"en": "a Codabench bundle", "zh": "Codabench 题目包"}},
    }  # fmt: skip
    program = store.files(str(task.said["scoring_program"]))
    reference = store.files(str(task.said.get("reference_data") or ""))
    for folder, files in (("program", program), ("ref", reference)):
        for name, file in files.items():
            draft.add(f"hidden/reference/{folder}/{name}", file)
    command = command_of(program, "scoring", report, said, task.place)
    options = {"command": command, "columns": board.columns}
    draft.manifest["scoring"] = {"scorer": "command", "options": options, "metrics": board.metrics}
    if board.derived:
        draft.manifest["scoring"]["derived"] = board.derived
    draft.manifest["scoring"]["primary"] = board.primary
    draft.manifest["leaderboard"] = {"columns": board.others}
    limits = {"wall_time_s": task.time_s, "cpu_time_s": task.time_s, "memory_mib": 4096}
    draft.manifest["limits"] = {"execute": limits, "score": limits}
    if task.said.get("ingestion_program"):
        _add_ingestion(draft, said, task, store, reference, report)
    else:
        draft.manifest["kind"] = "predictions"
        report.add(
            Fate.MAPPED, said.file, task.name, "results are handed in as a zip", line=said.line(*task.place)
        )
    draft.manifest["submission"] = {"formats": ["zip"], "max_mib": 300}
    _add_public(draft, task, store, reference, report)
    _add_statement(draft, said, store, title, report)
    for number, path in enumerate(filter(store.has, task.solutions), start=1):
        content = store.as_zip(path)
        bounds = [-1e300, 1e300]
        draft.example(
            f"solution-{number}", "submission.zip", content, role="good", verdict="AC", score=bounds
        )


def _contents(files: Mapping[str, Path]) -> set[bytes]:
    return {file.read_bytes() for file in files.values() if file.stat().st_size}


def _add_ingestion(
    draft: Draft, said: Document, task: Task, store: Store, reference: Mapping[str, Path], report: Report
) -> None:
    line = said.line(*task.place)
    program = store.files(str(task.said["ingestion_program"]))
    given = store.files(str(task.said.get("input_data") or ""))
    secrets = _contents(reference)
    for folder, files in (("program", program), ("input_data", given)):
        for name, file in files.items():
            if name.startswith("metadata") or file.read_bytes() not in secrets:
                draft.add(f"hidden/inputs/{folder}/{name}", file)
            else:
                note = "is reference data itself: not put beside submitted code"
                report.add(Fate.ADAPTED, f"{folder}/{name}", "labels beside submitted code", note)
    command = command_of(program, "ingestion", report, said, task.place)
    # There programs are started in their own folder, and many name their files from it.
    started = ["sh", "-c", 'cd /app/program && exec "$0" "$@"', *command]
    if wants_reference(command):
        note = "the ingestion program, which runs with the submission, wants the reference data"
        report.add(Fate.REFUSED, said.file, "labels beside submitted code", note, line=line)
    if task.said.get("ingestion_only_during_scoring"):
        note = "it runs before scoring, without the reference data that would lie beside it there"
        report.add(Fate.ADAPTED, said.file, "ingestion_only_during_scoring", note, line=line)
    draft.manifest["kind"] = "program"
    step = {"name": "ingestion", "command": started, "is_packed": True}
    draft.manifest["program"] = {"steps": [step], "result": "result.zip"}
    note = "runs the submission in the untrusted sandbox; what it leaves is scored"
    report.add(Fate.MAPPED, said.file, "ingestion_program", note, line=line)


def _add_public(
    draft: Draft, task: Task, store: Store, reference: Mapping[str, Path], report: Report
) -> None:
    secrets = _contents(reference)
    for key in _SHOWN:
        path = str(task.said.get(key) or "").strip("/")
        if not path or not store.has(path):
            continue
        for name, file in store.files(path).items():
            if file.read_bytes() in secrets:
                report.add(Fate.ADAPTED, f"{path}/{name}", key, "is reference data itself: not made public")
            else:
                folder = "starter" if key == "starting_kit" else "data"
                draft.add(f"public/{folder}/{name}", file)
        report.add(Fate.MAPPED, path, key, "public files")


def _add_statement(draft: Draft, said: Document, store: Store, title: str, report: Report) -> None:
    pages = [as_mapping(item) for item in as_list(said.take("pages"))]
    pages += [{"title": name, "file": path} for name, path in as_mapping(said.take("html")).items()]
    terms = said.text("terms")
    pages += [{"title": "terms", "file": terms}] if terms else []
    parts = [f"# {title}", said.text("description")]
    for page in pages:
        path = str(page.get("file", ""))
        if not store.has(path) or not path.endswith((".md", ".html", ".htm")):
            report.add(
                Fate.LEFT_OUT, path or said.file, f"page {page.get('title', '')}", "not Markdown or HTML"
            )
            continue
        text = store.text(path)
        parts.append(f"## {page.get('title', 'Page')}")
        parts.append(text if path.endswith(".md") else from_html(text, path, report))
    draft.statement("\n\n".join(part for part in parts if part) + "\n")


def _rest(said: Document, report: Report) -> None:
    for key in ("version", "title", "description", "image"):
        said.take(key)
    image = said.text("docker_image") or said.text("competition_docker_image")
    if image:
        note = f"{image} cannot be had here: programs run in python-ml; check that it has what they import"
        report.add(Fate.ADAPTED, said.file, "docker_image", note, line=said.line("docker_image"))
    for key, line in said.untouched():
        report.add(Fate.LEFT_OUT, said.file, key, "a setting of the competition's site", line=line)
