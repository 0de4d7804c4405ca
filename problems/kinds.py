"""What each kind of problem says about itself in `problem.yaml`, and what goes with what."""

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, field_validator, model_validator

from problems.fields import (
    CasePattern,
    Command,
    FilePath,
    Localised,
    Many,
    Misfit,
    Name,
    Positive,
    Section,
    Word,
)
from problems.languages import LANGUAGES
from problems.limits import StepLimits

Kind = Literal["predictions", "model", "program", "function", "service", "interactive", "prompt"]
Format = Literal[
    "csv", "parquet", "jsonl", "npy", "npz", "text",
    "onnx", "torchscript", "torch-export", "safetensors", "skops",
    "py", "c", "cpp", "java", "js", "zip", "ipynb",
    "json", "yaml",
]  # fmt: skip
Scorer = Literal[
    "table", "arrays", "records", "function", "cases", "service", "interactive", "custom", "command",
]  # fmt: skip

_DATA = frozenset({"csv", "parquet", "jsonl", "npy", "npz", "text"})
_LANGUAGES = frozenset(LANGUAGES)
KIND_FORMATS: dict[str, frozenset[str]] = {
    "predictions": _DATA | {"zip"},
    "model": frozenset({"onnx", "torchscript", "torch-export", "safetensors", "skops"}),
    "program": _LANGUAGES | {"zip", "ipynb"},
    "function": frozenset({"py"}),
    "service": frozenset({"py", "zip"}),
    "interactive": _LANGUAGES | {"zip"},
    "prompt": frozenset({"text", "json", "yaml"}),
}
# No program of a contestant runs: what is handed in is data.
CODELESS = frozenset({"predictions", "prompt"})
_FILES = frozenset({"table", "arrays", "records", "custom", "command"})
KIND_SCORERS: dict[str, frozenset[str]] = {
    "predictions": _FILES,
    "model": frozenset({"arrays", "custom"}),
    "program": _FILES | {"cases"},
    "function": frozenset({"function"}),
    "service": frozenset({"service"}),
    "interactive": frozenset({"interactive", "cases"}),
    "prompt": frozenset({"records", "custom"}),
}


class ProgramStep(Section):
    """One run of the submission, in a sandbox of its own.

    It runs in a folder that holds the submission, unpacked. Hidden inputs and what earlier steps left lie
    in `/job/in`, what it leaves in `/job/out` is kept.

    Attributes:
        name: `train`, `predict`; also the variable JUDGE_STEP of the run.
        command: what is run; a notebook is run from top to bottom instead.
        inputs: files and folders below hidden/inputs that it gets; None for all.
        outputs: files it must leave; later steps find them in `/job/in`.
        limits: over `limits.execute`.
        is_packed: whether everything it leaves is wanted, whatever its name, as `result.zip`.
    """

    name: Name
    command: Command = ("python3", "main.py")
    inputs: Many[FilePath] | None = None
    outputs: Annotated[Many[FilePath], Field(max_length=50)] = ()
    limits: StepLimits = StepLimits()
    is_packed: bool = False

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if bool(self.outputs) == self.is_packed:
            raise ValueError("a step states the `outputs` it must leave, or `is_packed: true`")
        return self


class CaseArguments(Section):
    """What an organizer's program is told about some cases.

    Attributes:
        cases: patterns of their names; of several that match a case, the first counts.
        arguments: after the files, instead of those for all cases.
        points: of a case: what `testlib`'s points are a share of.
    """

    cases: Annotated[Many[CasePattern], Field(min_length=1, max_length=100)]
    arguments: Annotated[Many[Word], Field(max_length=20)] = ()
    points: Positive = 1.0


class Checker(Section):
    """Decides whether a test case's output is right, beside the right answer.

    Attributes:
        kind: `tokens` compares words, `lines` lines without white space at their ends, `exact` bytes,
            `float` words, of which numbers may differ by `absolute` or `relative`; `program` runs the
            organizer's checker.
        ignore_case: letters of either case are the same; tokens, lines and float.
        by_line: words are compared line by line, blank lines left out; tokens and float.
        absolute, relative: tolerance of `float`; a number within either is right.
        source: of `program`: file below hidden/reference; its name ends in the suffix of its language.
        protocol: of `program`: `icpc` is called with input, answer and a feedback folder, reads the output
            from stdin and ends with 42 or 43; `testlib` is called with input, output and answer, and ends
            with 0, 1 (wrong), 2 (presentation), 7 (points).
        arguments: of `program`: further ones.
        groups: of `program`: cases that it is called otherwise for.
    """

    kind: Literal["tokens", "lines", "exact", "float", "program"] = "tokens"
    ignore_case: bool = False
    by_line: bool = False
    absolute: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    relative: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    source: FilePath | None = None
    protocol: Literal["icpc", "testlib"] = "icpc"
    arguments: Annotated[Many[Word], Field(max_length=20)] = ()
    groups: Annotated[Many[CaseArguments], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "program") != (self.source is not None):
            raise Misfit("belongs to a checker of kind program, and only there", "source")
        for name in ("arguments", "groups"):
            if self.kind != "program" and getattr(self, name):
                raise Misfit("belongs to a checker of kind program, and only there", name)
        if self.by_line and self.kind not in {"tokens", "float"}:
            raise Misfit("belongs to a checker of kind tokens or float, and only there", "by_line")
        if self.kind != "float" and (self.absolute or self.relative):
            raise ValueError("`absolute` and `relative` belong to a checker of kind float")
        return self


class Subtask(Section):
    """A group of test cases that gives points.

    Attributes:
        name: unique; its score is the metric `subtask_<name>`, from 0 to 1.
        titles: for people.
        points: its share in `points`; 0 for one that others come after.
        cases: patterns of the names of its cases.
        after: subtasks that must have been solved wholly; else it gives nothing and is not run.
        aggregate: of its cases' scores: `min` gives points for all alone.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_]{0,28}[a-z0-9])?$")]
    titles: Localised | None = None
    points: Annotated[FiniteFloat, Field(ge=0)] = 1.0
    cases: Annotated[Many[CasePattern], Field(min_length=1, max_length=100)]
    after: Many[Name] = ()
    aggregate: Literal["min", "mean", "sum"] = "min"


def check_subtask_names(subtasks: tuple[Subtask, ...]) -> tuple[Subtask, ...]:
    """Return subtasks whose names are unique and which come after such as stand before them.

    Raises:
        ValueError: they are not, or do not.
    """
    seen: set[str] = set()
    for subtask in subtasks:
        if subtask.name in seen:
            raise ValueError(f"two subtasks are called {subtask.name!r}")
        if unknown := set(subtask.after) - seen:
            raise ValueError(f"subtask {subtask.name!r} comes after {sorted(unknown)}, not stated before it")
        seen.add(subtask.name)
    return subtasks


class CaseRules(Section):
    """Test cases: `hidden/inputs/<name>.in` is given on stdin, `hidden/reference/<name>.ans` is right.

    Names may have folders (`secret/01`) and are run in natural order.

    Attributes:
        checker: see `Checker`.
        sample, private: patterns of the cases of these splits; all others are public.
        subtasks: groups; none means that each case counts by itself.
        stop: `first-failure` runs no further case after one that broke a limit or crashed.
    """

    checker: Checker = Checker()
    sample: Many[CasePattern] = ()
    private: Many[CasePattern] = ()
    subtasks: Annotated[Many[Subtask], Field(max_length=100)] = ()
    stop: Literal["never", "first-failure"] = "never"

    _names_are_known = field_validator("subtasks")(check_subtask_names)


class ProgramRules(Section):
    """Kind program: steps whose outputs are scored, or test cases on stdin and stdout.

    Attributes:
        steps: in order; `result` is an output of the last.
        result: file that the scorer gets as the submission; its suffix is its format.
        cases: instead of both.
    """

    steps: Annotated[Many[ProgramStep], Field(max_length=10)] = ()
    result: FilePath | None = None
    cases: CaseRules | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.steps) == (self.cases is not None):
            raise ValueError("a program has `steps` or `cases`")
        if self.cases is not None:
            return self
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            raise Misfit("two steps have the same name", "steps")
        last = self.steps[-1]
        left = ("result.zip",) if last.is_packed else last.outputs
        if self.result not in left:
            raise Misfit(f"must be an output of the last step: {', '.join(left)}", "result")
        return self


class ServiceRules(Section):
    """Kind service: a program that serves HTTP on 127.0.0.1.

    Attributes:
        command: what is run in the folder of the unpacked submission.
        port: where it listens; also the variable PORT of the run.
        start_s: until it takes its first connection.
    """

    command: Command = ("python3", "main.py")
    port: Annotated[int, Field(ge=1024, le=65_535)] = 8000
    start_s: Annotated[FiniteFloat, Field(gt=0, le=600)] = 30.0


class InteractiveRules(Section):
    """Kind interactive: a program that talks over stdin and stdout with what the organizer made.

    That is an environment, which plays all its episodes with one process (scorer `interactive`), or an
    interactor: a program that is run beside a fresh process for each test case, as ICPC's interactive
    validators are.

    Attributes:
        command: of a `zip`; a program of one file is run as its language is.
        start_s: until its first word.
        turn_s: for each answer.
        total_s: for all answers of one process together.
        interactor: path of the program below hidden/reference.
        protocol: of the interactor: `icpc` is called with input, answer and a feedback folder, and ends with
            42 or 43; `testlib` is called with input, a file for output and answer, and ends with 0, 1
            (wrong), 2 (presentation), 7 (points); `plain` is called with input and answer, and ends with
            0 or 1.
        arguments, groups: as a checker's.
        sample, private: patterns of an interactor's test cases of these splits.
        subtasks: groups of an interactor's test cases; none means that each case counts by itself.
        stop: `first-failure` plays no further case after one that was not solved.
    """

    command: Command | None = None
    start_s: Annotated[FiniteFloat, Field(gt=0, le=600)] = 20.0
    turn_s: Annotated[FiniteFloat, Field(gt=0, le=3600)] = 5.0
    total_s: Annotated[FiniteFloat, Field(gt=0, le=86_400)] = 60.0
    interactor: FilePath | None = None
    protocol: Literal["icpc", "testlib", "plain"] = "icpc"
    arguments: Annotated[Many[Word], Field(max_length=20)] = ()
    groups: Annotated[Many[CaseArguments], Field(max_length=200)] = ()
    sample: Many[CasePattern] = ()
    private: Many[CasePattern] = ()
    subtasks: Annotated[Many[Subtask], Field(max_length=100)] = ()
    stop: Literal["never", "first-failure"] = "first-failure"

    _names_are_known = field_validator("subtasks")(check_subtask_names)
