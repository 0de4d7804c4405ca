"""Kind interactive: a program plays with an environment, or talks with an interactor about each test case."""

from pathlib import Path

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.kinds.cases import case_set, word_of
from judge.worker.kinds.job import Job
from judge.worker.profiles import DEFAULT_COMPILE, merged
from judge.worker.steps.check_cases import prepare_program
from judge.worker.steps.compile import compile_source, rule_on_compiling
from judge.worker.steps.interactive import Talk, play, talk
from judge.worker.steps.score import score_cases
from judge.worker.usage import usage_json
from judge.worker.verdicts import ScorerFault, rule_on_report
from problems.casenames import ANSWER, list_cases, split_of
from problems.kinds import CaseRules, InteractiveRules
from problems.languages import LANGUAGES
from sandboxes.errors import SandboxDied
from sandboxes.results import Usage
from scoring.case_files import CaseEntry
from scoring.contract import CaseVerdict, Message


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind interactive. Raises as `judge.worker.evaluate.evaluate` does."""
    material = job.material
    rules = material.spec.interactive
    if rules is None:
        raise ScorerFault("the problem states nothing interactive")
    job.on_state(State.RUNNING)
    artefact: Path | None = None
    if material.format in LANGUAGES:
        limits = material.spec.limits.compile
        compiled = compile_source(
            job.bench, material.submission, LANGUAGES[material.format], job.folder, limits
        )
        job.ledger.note("compile", compiled.result)
        if compiled.artefact is None:
            ruling = rule_on_compiling(compiled, merged(DEFAULT_COMPILE, limits))
            return job.unscored(ruling, compiled.result, is_shown=True)
        artefact = compiled.artefact
    if rules.interactor is not None:
        return _talk_about_cases(job, rules, artefact)
    scored = play(material, job.bench, job.folder, rules, artefact)
    job.ledger.note("score", scored.result, is_trusted=True)
    if scored.host is not None:
        # Called off by us in any case, once the episodes are through.
        job.ledger.usage["execute"] = usage_json(scored.host.usage, has_timeline=True)
    if job.bench.is_cancelled:
        raise SandboxDied("the work was called off")
    return job.result(scored, rule_on_report(scored.report, executed=scored.ruling))


def _talk_about_cases(job: Job, rules: InteractiveRules, artefact: Path | None) -> JudgementResult:
    material = job.material
    names = [name for name in list_cases(material.inputs) if name + ANSWER in material.reference]
    if not names:
        raise ScorerFault("there are no test cases")
    interactor = prepare_program(material, job.bench, job.folder, rules.interactor or "")
    entries: dict[str, CaseEntry] = {}
    usages: list[Usage] = []
    for name in names:
        said = talk(material, job.bench, rules, artefact, interactor, name)
        if job.bench.is_cancelled:
            raise SandboxDied("the work was called off")
        job.ledger.usage["execute"] = usage_json(said.theirs.usage, has_timeline=True)
        usages.append(said.theirs.usage)
        entries[name] = _entry(name, rules, said)
        if rules.stop == "first-failure" and entries[name].verdict is not CaseVerdict.AC:
            break
    job.ledger.note_cases("execute", usages)
    cases = CaseRules(sample=rules.sample, private=rules.private, subtasks=rules.subtasks)
    scored = score_cases(material, job.bench, job.folder, case_set(cases, names, entries, {}), {})
    job.ledger.note("score", scored.result, is_trusted=True)
    return job.result(scored, rule_on_report(scored.report))


def _entry(name: str, rules: InteractiveRules, talked: Talk) -> CaseEntry:
    said, ruling = talked.said, talked.ruling
    message = ruling.messages[0] if ruling and ruling.messages else None
    is_solved = said.is_right and said.score >= 1
    verdict = CaseVerdict.AC if is_solved else CaseVerdict.WA
    if ruling is not None:
        verdict = word_of(ruling.verdict)
    elif not is_solved:
        message = Message(code="case-partial" if said.score > 0 else "case-wrong")
    return CaseEntry(
        name=name,
        title={"en": name, "zh": name},
        split=split_of(name, rules),
        verdict=verdict,
        score=said.score,
        message=message,
        wall_time_s=round(talked.theirs.usage.wall_time_s, 4),
        peak_memory_mib=round(talked.theirs.usage.peak_memory_mib, 1),
    )
