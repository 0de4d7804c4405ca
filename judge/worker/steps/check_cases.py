"""Runs an organizer's checker on what a program wrote, in a trusted sandbox, once for each case."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.worker.bench import Bench
from judge.worker.material import Material
from judge.worker.profiles import score_limits
from judge.worker.steps.compile import compile_source
from judge.worker.steps.run_cases import CaseWork, Program, run_cases
from judge.worker.verdicts import ScorerFault
from problems.casenames import ANSWER, INPUT, arguments_for
from problems.formats import FORMAT_OF_SUFFIX
from problems.kinds import Checker
from problems.languages import LANGUAGES, Language
from sandboxes.base import OutputSpec, Profile
from sandboxes.results import Outcome, StepResult

_MAX_NOTE_BYTES = 64 * 1024
NOTES = ("judgemessage.txt", "teammessage.txt", "score.txt")
NOTE_OUTPUTS = tuple(OutputSpec(name, _MAX_NOTE_BYTES, is_required=False) for name in NOTES)
# Exit codes of each protocol; testlib's 7 gives points.
_RIGHT: Mapping[str, Mapping[int, bool]] = {
    "icpc": {42: True, 43: False},
    "testlib": {0: True, 1: False, 2: False, 4: False, 8: False},
    "plain": {0: True, 1: False},
}
_TESTLIB_POINTS = 7


@dataclass(frozen=True, slots=True)
class Judged:
    """What a checker said of one case.

    Attributes:
        is_right: whether it accepts the output.
        score: 0 to 1.
    """

    is_right: bool
    score: float


@dataclass(frozen=True, slots=True)
class OurProgram:
    """An organizer's program that is ready to be run.

    Attributes:
        language: of it.
        artefact: what is run.
        siblings: files beside its source, which it may read while it runs.
    """

    language: Language
    artefact: Path
    siblings: Mapping[str, Path]


def prepare_program(material: Material, bench: Bench, folder: Path, source: str) -> OurProgram:
    """Compile a program below hidden/reference.

    Args:
        material: of the problem.
        bench: lends the sandbox.
        folder: private.
        source: its path below hidden/reference.

    Raises:
        ScorerFault: it is not there, of no known language, or does not compile.
        SandboxError: the machines are at fault.
    """
    language = LANGUAGES.get(FORMAT_OF_SUFFIX.get("." + source.rpartition(".")[2], ""))
    file = material.reference.get(source)
    if language is None or file is None:
        raise ScorerFault(f"{source}: no such file in the reference, or of no language we have")
    beside = source.rpartition("/")[0] + "/" if "/" in source else ""
    siblings = {
        name.removeprefix(beside): path
        for name, path in material.reference.items()
        if name.startswith(beside) and name != source and not name.endswith(ANSWER)
    }
    if not beside:
        siblings = {name: path for name, path in siblings.items() if "/" not in name}
    compiled = compile_source(
        bench, file, language, folder, material.spec.limits.compile, siblings=siblings, is_trusted=True
    )
    if compiled.artefact is None:
        tail = compiled.result.stderr[-2000:].decode("utf-8", "replace")
        raise ScorerFault(f"{source} does not compile: {compiled.result.outcome.value}\n{tail}")
    return OurProgram(language, compiled.artefact, siblings)


def check_cases(
    material: Material,
    bench: Bench,
    folder: Path,
    checker: Checker,
    outputs: Mapping[str, Path],
) -> tuple[dict[str, Judged], list[StepResult]]:
    """Let the organizer's checker decide cases.

    Args:
        material: of the problem.
        bench: lends sandboxes.
        folder: private.
        checker: of kind `program`.
        outputs: case → file with the program's output.

    Returns:
        What it said of each case, and what its sandboxes used.

    Raises:
        ScorerFault: the checker crashed, broke a limit or ended with a code of no meaning.
        SandboxError: the machines are at fault.
    """
    program = prepare_program(material, bench, folder, checker.source or "")
    limits = score_limits(material.spec)
    inputs = {**program.siblings, program.language.artefact: program.artefact}
    executables = frozenset({program.language.artefact} if program.language.is_executable else ())
    profile = Profile(program.language.image, limits, is_trusted=True)
    run = Program(profile, inputs, executables, material.seed)
    command = program.language.command(limits.memory_mib)
    work = [_work(material, checker, command, name, path) for name, path in outputs.items()]
    totals: list[StepResult] = []
    results = run_cases(bench, run, work, on_total=totals.append)
    return {one.name: _read(one.name, result, checker) for one, result in results}, totals


def _work(
    material: Material, checker: Checker, command: tuple[str, ...], name: str, output: Path
) -> CaseWork:
    more = arguments_for(name, checker).arguments
    inputs = {"case/input": material.inputs[name + INPUT], "case/answer": material.reference[name + ANSWER]}
    if checker.protocol == "icpc":
        argv = (*command, "/job/in/case/input", "/job/in/case/answer", "/job/out/", *more)
        return CaseWork(name, argv, stdin=output, inputs=inputs, outputs=NOTE_OUTPUTS)
    argv = (*command, "/job/in/case/input", "/job/in/case/output", "/job/in/case/answer", *more)
    return CaseWork(name, argv, inputs={**inputs, "case/output": output})


def _read(name: str, result: StepResult, checker: Checker) -> Judged:
    ended = result.outcome in (Outcome.OK, Outcome.EXIT)
    code = result.exit_code if ended and result.exit_code is not None else -1
    said = read_code(name, code, result, checker.protocol, arguments_for(name, checker).points)
    if said is not None:
        return said
    tail = (result.stderr[-1500:] + result.stdout[-500:]).decode("utf-8", "replace")
    ending = f"{result.outcome.value}, exit code {code}"
    raise ScorerFault(f"the checker ended with {ending} on case {name}\n{tail}")


def read_code(name: str, code: int, result: StepResult, protocol: str, full_points: float) -> Judged | None:
    """Return what an organizer's program said by its end; None for a code of no meaning.

    Args:
        name: of the case.
        code: its exit code.
        result: of the step, with its notes and messages.
        protocol: of the program.
        full_points: what testlib's points are a share of.

    Raises:
        ScorerFault: it gave a score that cannot be one.
    """
    if protocol == "testlib" and code == _TESTLIB_POINTS:
        return _points(name, result, full_points)
    is_right = _RIGHT[protocol].get(code)
    if is_right is None:
        return None
    raw = result.outputs.get("score.txt", b"").strip() if protocol == "icpc" and is_right else b""
    return Judged(is_right, _fraction(name, raw) if raw else float(is_right))


def _points(name: str, result: StepResult, full_points: float) -> Judged:
    words = (result.stderr.split() + result.stdout.split())[:50]
    # testlib writes `points 0.5 …`
    raw = next((words[index + 1] for index, word in enumerate(words[:-1]) if word == b"points"), b"")
    score = _fraction(name, raw, full_points)
    return Judged(score >= 1, score)


def _fraction(name: str, raw: bytes, whole: float = 1.0) -> float:
    try:
        value = float(raw[:40])
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= whole:
        shown = f"{raw[:40]!r} for case {name}; a number from 0 to {whole:g} is expected"
        raise ScorerFault(f"the checker gave {shown}")
    return value / whole
