"""Kind program with test cases: compile, run every case in one sandbox, check what was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from judge.models.words import State, Verdict
from judge.services.results import JudgementResult
from judge.worker.kinds.job import Job
from judge.worker.material import Material
from judge.worker.profiles import DEFAULT_COMPILE, execute_limits, merged
from judge.worker.steps.check_cases import Judged, check_cases
from judge.worker.steps.compile import Compiled, compile_source, rule_on_compiling
from judge.worker.steps.run_cases import CaseWork, Program, run_cases
from judge.worker.steps.score import score_cases
from judge.worker.verdicts import Ruling, ScorerFault, rule_on_case, rule_on_report
from problems.casenames import ANSWER, INPUT, list_cases, members, split_of
from problems.kinds import CaseRules
from problems.languages import LANGUAGES, Language
from sandboxes.base import Profile
from sandboxes.results import Outcome, StepResult, Usage
from scoring.case_files import CaseEntry, CaseSet, CheckerSpec, SubtaskSpec
from scoring.contract import CaseVerdict, Message


@dataclass(slots=True)
class _Runs:
    """What the program did, case by case."""

    entries: dict[str, CaseEntry] = field(default_factory=dict)
    outputs: dict[str, Path] = field(default_factory=dict)
    totals: list[StepResult] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)


def judge(job: Job) -> JudgementResult:
    """Judge a program on its test cases. Raises as `judge.worker.evaluate.evaluate` does."""
    material = job.material
    rules = _rules(material)
    names = list_cases(material.inputs)
    if missing := [name for name in names if name + ANSWER not in material.reference]:
        raise ScorerFault(f"cases without an answer: {', '.join(missing[:10])}")
    language = LANGUAGES[material.format]
    job.on_state(State.RUNNING)
    limits = material.spec.limits.compile
    compiled = compile_source(job.bench, material.submission, language, job.folder, limits)
    job.ledger.note("compile", compiled.result)
    if compiled.artefact is None:
        ruling = rule_on_compiling(compiled, merged(DEFAULT_COMPILE, limits))
        # A compiler saw nothing that is hidden: its author may read what it said.
        return job.unscored(ruling, compiled.result, is_shown=True)
    runs = _run(job, rules, names, language, compiled)
    job.on_state(State.SCORING)
    judged: Mapping[str, Judged] = {}
    if rules.checker.kind == "program":
        judged, totals = check_cases(material, job.bench, job.folder, rules.checker, runs.outputs)
        for total in totals:
            job.ledger.note("check", total, is_trusted=True)
    scored = score_cases(
        material, job.bench, job.folder, case_set(rules, names, runs.entries, judged), runs.outputs
    )
    job.ledger.note("score", scored.result, is_trusted=True)
    return job.result(scored, rule_on_report(scored.report))


def _rules(material: Material) -> CaseRules:
    program = material.spec.program
    if program is None or program.cases is None:
        raise ScorerFault("the problem has no test cases")
    return program.cases


def _run(job: Job, rules: CaseRules, names: list[str], language: Language, compiled: Compiled) -> _Runs:
    material, runs = job.material, _Runs()
    limits = execute_limits(material.spec)
    artefact = compiled.artefact
    assert artefact is not None  # noqa: S101 - the caller has looked
    program = Program(
        Profile(material.execute_gear.image, limits),
        {language.artefact: artefact},
        frozenset({language.artefact} if language.is_executable else ()),
        material.seed,
    )
    argv = language.command(limits.memory_mib)
    work = [CaseWork(name, argv, stdin=material.inputs[name + INPUT]) for name in names]

    def go_on(result: StepResult) -> bool:
        return rules.stop == "never" or result.outcome is Outcome.OK

    for number, (one, result) in enumerate(
        run_cases(job.bench, program, work, on_total=runs.totals.append, go_on=go_on)
    ):
        ruling = rule_on_case(result, limits, memory_exit_code=language.memory_exit_code)
        runs.usages.append(result.usage)
        runs.entries[one.name] = _entry(one.name, rules, result, ruling)
        if ruling is None:
            runs.outputs[one.name] = job.folder / f"output-{number}"
            runs.outputs[one.name].write_bytes(result.stdout)
    for total in runs.totals:
        job.ledger.note("execute", total)
    job.ledger.note_cases("execute", runs.usages)
    return runs


def _entry(name: str, rules: CaseRules, result: StepResult, ruling: Ruling | None) -> CaseEntry:
    return CaseEntry(
        name=name,
        title={"en": name, "zh": name},
        split=split_of(name, rules),
        verdict=None if ruling is None else word_of(ruling.verdict),
        message=ruling.messages[0] if ruling and ruling.messages else None,
        wall_time_s=round(result.usage.wall_time_s, 4),
        peak_memory_mib=round(result.usage.peak_memory_mib, 1),
    )


def word_of(verdict: Verdict) -> CaseVerdict:
    """Return a verdict as that of a case; what no case can have is a crash."""
    return CaseVerdict(verdict.value) if verdict.value in CaseVerdict.__members__ else CaseVerdict.RTE


def case_set(
    rules: CaseRules, names: list[str], known: Mapping[str, CaseEntry], judged: Mapping[str, Judged]
) -> CaseSet:
    """Return what the scorer is told.

    Args:
        rules: of the cases.
        names: of all, in order.
        known: what came of those that were run.
        judged: what the organizer's checker said of them.
    """
    entries = []
    for name in names:
        entry = known.get(name)
        if entry is None:
            message = Message(code="case-not-run")
            entry = CaseEntry(
                name=name, title={"en": name, "zh": name}, split=split_of(name, rules),
                verdict=CaseVerdict.WA, message=message,
            )  # fmt: skip
        elif name in judged:
            said = judged[name]
            verdict = CaseVerdict.AC if said.is_right and said.score >= 1 else CaseVerdict.WA
            code = "case-partial" if said.score > 0 else "case-wrong"
            update = {"verdict": verdict, "score": said.score}
            if verdict is CaseVerdict.WA:
                update["message"] = Message(code=code)
            entry = entry.model_copy(update=update)
        entries.append(entry)
    subtasks = tuple(
        SubtaskSpec(
            name=one.name,
            titles={"en": one.titles.en, "zh": one.titles.zh} if one.titles else {},
            points=one.points,
            cases=tuple(members(rules, names)[one.name]),
            after=one.after,
            aggregate=one.aggregate,
        )
        for one in rules.subtasks
    )
    checker = rules.checker
    spec = CheckerSpec(
        kind=checker.kind,
        ignore_case=checker.ignore_case,
        by_line=checker.by_line,
        absolute=checker.absolute,
        relative=checker.relative,
    )
    return CaseSet(checker=spec, subtasks=subtasks, cases=tuple(entries))
