"""Checks that a package has the files that its kind and its scorer work with, and no others there.

Codes:

    not-built, inputs-missing, inputs-unused, inputs-stray, starter-missing, prepare-undeclared,
    prepare-missing, scorer-missing, scorer-unused, file-missing, reference-missing, cases-missing,
    case-incomplete, case-without-points, pattern-unused, split-empty, source-syntax
"""

import ast
from collections.abc import Iterator

from problems.casenames import ANSWER, INPUT, list_cases, matches, split_of
from problems.errors import Finding
from problems.kinds import CaseRules
from problems.loader import MANIFEST, Package
from problems.manifest import Lines

INPUTS, REFERENCE = "hidden/inputs/", "hidden/reference/"
# What each scorer reads from the reference: an option that names the file, and its default.
_REFERENCE_FILES = {
    "function": ("tests", "tests.py"),
    "service": ("requests", "requests.jsonl"),
    "interactive": ("environment", "environment.py"),
}
_MODEL_INPUTS = f"{INPUTS}inputs.npy"


def check_layout(package: Package, lines: Lines) -> Iterator[Finding]:
    """Check which files there are.

    Args:
        package: a loaded package.
        lines: of its manifest.

    Yields:
        Findings.
    """
    yield from _check_sources(package, lines)
    if not package.is_built:
        yield Finding(
            "not-built", "hidden/reference is empty; build the package first", REFERENCE.rstrip("/")
        )
        return
    yield from _check_inputs(package, lines)
    yield from _check_scorer(package, lines)
    program, interactive = package.spec.program, package.spec.interactive
    if program is not None and program.cases is not None:
        yield from _check_cases(package, program.cases, lines, ("program", "cases"))
    if interactive is not None and interactive.interactor is not None:
        rules = CaseRules(
            sample=interactive.sample, private=interactive.private, subtasks=interactive.subtasks
        )
        yield from _check_cases(package, rules, lines, ("interactive",))


def _check_sources(package: Package, lines: Lines) -> Iterator[Finding]:
    spec = package.spec
    if not package.below("public/starter"):
        message = "no starter kit; contestants expect a baseline that runs"
        yield Finding("starter-missing", message, "public/starter", severity="warning")
    has_script = "prepare.py" in package.files
    if has_script and spec.data.prepare is None:
        message = "prepare.py is there but data.prepare does not name it"
        yield Finding("prepare-undeclared", message, MANIFEST, lines.of("data"))
    if spec.data.prepare is not None and not has_script:
        message = "data.prepare names a file that is not there"
        yield Finding("prepare-missing", message, MANIFEST, lines.of("data", "prepare"))
    for name in package.files:
        is_ours = name in {"prepare.py", "scorer.py"} or name.startswith((REFERENCE, "source/"))
        if is_ours and name.endswith(".py"):
            yield from _check_syntax(package, name)


def _check_syntax(package: Package, name: str) -> Iterator[Finding]:
    try:
        ast.parse(package.files[name].path.read_bytes())
    except SyntaxError as error:
        yield Finding("source-syntax", f"is no Python: {error.msg}", name, error.lineno or 0)
    except (ValueError, RecursionError, MemoryError):
        yield Finding("source-syntax", "is no Python", name)


def _check_inputs(package: Package, lines: Lines) -> Iterator[Finding]:
    spec = package.spec
    inputs = package.below(INPUTS)
    if spec.kind == "model" and _MODEL_INPUTS not in package.files:
        message = "kind model needs the inputs of the submission: an array, one row for each sample"
        yield Finding("inputs-missing", message, _MODEL_INPUTS)
    if spec.kind in {"predictions", "function"} and inputs:
        message = f"kind {spec.kind} gives the submission no inputs; remove them"
        yield Finding("inputs-unused", message, inputs[0].name)
    for at, step in enumerate(spec.program.steps if spec.program else ()):
        for name in step.inputs or ():
            if INPUTS + name not in package.files and not package.below(INPUTS + name):
                message = f"step {step.name} gets {name!r}, which is not in hidden/inputs"
                place = lines.of("program", "steps", at, "inputs")
                yield Finding("inputs-missing", message, MANIFEST, place)


def _check_scorer(package: Package, lines: Lines) -> Iterator[Finding]:
    scoring, files = package.spec.scoring, package.files
    is_custom = scoring.scorer == "custom"
    if is_custom and "scorer.py" not in files:
        yield Finding("scorer-missing", "scorer custom needs this file, with a function `score`", "scorer.py")
    if not is_custom and "scorer.py" in files:
        message = f"nothing runs it: the scorer is {scoring.scorer!r}, not 'custom'"
        yield Finding("scorer-unused", message, "scorer.py")
    option, default = _REFERENCE_FILES.get(scoring.scorer, ("", ""))
    if option:
        name = f"{REFERENCE}{scoring.options.get(option, default)}"
        if name not in files:
            yield Finding("reference-missing", f"scorer {scoring.scorer} needs this file", name)
    if scoring.scorer == "command" and not package.below(f"{REFERENCE}program"):
        yield Finding("reference-missing", "scorer command needs the program here", f"{REFERENCE}program")
    yield from _check_programs(package, lines)


def _check_programs(package: Package, lines: Lines) -> Iterator[Finding]:
    program, interactive = package.spec.program, package.spec.interactive
    source = program.cases.checker.source if program and program.cases else None
    named: list[tuple[str | None, tuple[str, ...]]] = [(source, ("program", "cases", "checker", "source"))]
    if interactive is not None:
        named.append((interactive.interactor, ("interactive", "interactor")))
    for name, at in named:
        if name is not None and REFERENCE + name not in package.files and not package.below(REFERENCE + name):
            message = f"{name!r} is not in hidden/reference"
            yield Finding("file-missing", message, MANIFEST, lines.of(*at))


def _check_cases(package: Package, rules: CaseRules, lines: Lines, at: tuple[str, ...]) -> Iterator[Finding]:
    inputs = {entry.name.removeprefix(INPUTS) for entry in package.below(INPUTS)}
    answers = {entry.name.removeprefix(REFERENCE) for entry in package.below(REFERENCE)}
    names = list_cases(inputs)
    if not names:
        yield Finding("cases-missing", "there is no test case, no file `<name>.in`", INPUTS.rstrip("/"))
        return
    for name in names:
        if name + ANSWER not in answers:
            message = f"the case has no answer {name}{ANSWER} in hidden/reference"
            yield Finding("case-incomplete", message, INPUTS + name + INPUT)
    for file in sorted(answers):
        if file.endswith(ANSWER) and file.removesuffix(ANSWER) + INPUT not in inputs:
            message = "the answer has no input of its name in hidden/inputs"
            yield Finding("case-incomplete", message, REFERENCE + file)
    for file in sorted(inputs):
        if not file.endswith(INPUT):
            message = "no program is given it: only files `<name>.in` are test cases"
            yield Finding("inputs-stray", message, INPUTS + file, severity="warning")
    yield from _check_patterns(rules, names, lines, at)


def _check_patterns(
    rules: CaseRules, names: list[str], lines: Lines, at: tuple[str, ...]
) -> Iterator[Finding]:
    places: list[tuple[tuple[str, ...], tuple[str | int, ...]]] = [
        (rules.sample, (*at, "sample")),
        (rules.private, (*at, "private")),
    ]
    places += [
        (subtask.cases, (*at, "subtasks", number, "cases")) for number, subtask in enumerate(rules.subtasks)
    ]
    for patterns, place in places:
        for pattern in patterns:
            if not any(matches(name, [pattern]) for name in names):
                yield Finding("pattern-unused", f"no case matches {pattern!r}", MANIFEST, lines.of(*place))
    if all(split_of(name, rules) != "public" for name in names):
        message = "every case is a sample or private: nothing is scored while the contest runs"
        yield Finding("split-empty", message, MANIFEST, lines.of(*at))
    for name in names if rules.subtasks else ():
        if split_of(name, rules) != "sample" and not any(matches(name, one.cases) for one in rules.subtasks):
            message = f"case {name} is in no subtask and gives no points"
            line = lines.of(*at, "subtasks")
            yield Finding("case-without-points", message, MANIFEST, line, severity="warning")
