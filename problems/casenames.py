"""Names of test cases: which there are, in what order, and which patterns they match. Pure."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal, Protocol

from problems.kinds import CaseArguments, CaseRules

INPUT, ANSWER = ".in", ".ans"


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `case2` before `case10`."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts)


def list_cases(inputs: Iterable[str]) -> list[str]:
    """Return the names of the cases that have an input, in natural order.

    Args:
        inputs: paths below hidden/inputs.
    """
    return sorted((path.removesuffix(INPUT) for path in inputs if path.endswith(INPUT)), key=natural_key)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a case's name matches one of the patterns; `*` also matches `/`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class Splits(Protocol):
    """Rules that say which cases are of which split."""

    @property
    def sample(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def private(self) -> tuple[str, ...]: ...  # noqa: D102


def split_of(name: str, rules: Splits) -> Literal["sample", "public", "private"]:
    """Return the split that a case belongs to."""
    if matches(name, rules.sample):
        return "sample"
    return "private" if matches(name, rules.private) else "public"


class Called(Protocol):
    """An organizer's program, which may be called otherwise for some cases."""

    @property
    def arguments(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def groups(self) -> tuple[CaseArguments, ...]: ...  # noqa: D102


def arguments_for(name: str, program: Called) -> CaseArguments:
    """Return what a program is told of a case."""
    default = CaseArguments(cases=("*",), arguments=program.arguments)
    return next((group for group in program.groups if matches(name, group.cases)), default)


def members(rules: CaseRules, names: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the cases of every subtask, by its name."""
    names = list(names)
    return {
        subtask.name: [name for name in names if matches(name, subtask.cases)] for subtask in rules.subtasks
    }
