"""What the judge tells scorer `cases` about a program's runs: `cases.json`, beside the outputs in one file.

No heavy import here. `outputs.bin` holds what the program wrote for each case that is still to be checked,
one after the other; the right answers lie in the reference folder as `<name>.ans`.
"""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from scoring.contract import CaseVerdict, Message, Split, Strict, Title

CASES_FILE, OUTPUTS_FILE = "cases.json", "outputs.bin"


class CheckerSpec(Strict):
    """A built-in checker; see `problems.kinds.Checker`."""

    kind: Literal["tokens", "lines", "exact", "float", "program"] = "tokens"
    ignore_case: bool = False
    by_line: bool = False
    absolute: FiniteFloat = 0.0
    relative: FiniteFloat = 0.0


class SubtaskSpec(Strict):
    """A group of cases; see `problems.kinds.Subtask`."""

    name: str
    titles: Title = Field(default_factory=dict)
    points: FiniteFloat
    cases: tuple[str, ...]
    after: tuple[str, ...] = ()
    aggregate: Literal["min", "mean", "sum"] = "min"


class CaseEntry(Strict):
    """One case and what came of it.

    Attributes:
        verdict: None where the output is still to be checked.
        score: 0 to 1, where the verdict is known.
        message: for the contestant.
        offset, n_bytes: of its output in `outputs.bin`.
        wall_time_s, peak_memory_mib: of its run.
    """

    name: str
    title: dict[Literal["en", "zh"], str]
    split: Split
    verdict: CaseVerdict | None = None
    score: Annotated[FiniteFloat, Field(ge=0, le=1)] = 0.0
    message: Message | None = None
    offset: int = 0
    n_bytes: int = 0
    wall_time_s: float = 0.0
    peak_memory_mib: float = 0.0


class CaseSet(Strict):
    """All of `cases.json`."""

    checker: CheckerSpec
    subtasks: tuple[SubtaskSpec, ...] = ()
    cases: tuple[CaseEntry, ...]
