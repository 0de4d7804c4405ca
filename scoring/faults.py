"""Collects what is wrong with a contestant's file: the first few of each kind, and how many more.

A file with one mistake has it a million times. Ten examples with their rows teach as much as all of
them, and reading can stop once nothing new is to be learnt.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scoring.contract import MAX_MESSAGES, Message
from scoring.errors import SubmissionRefused

EXAMPLES_PER_KIND = 10
MAX_FAULTS = 100_000  # read on no further than this: the file is refused in any case
_MAX_ECHO = 80

Param = str | int | float


def echo(value: object) -> str:
    """Return the contestant's own text as a parameter: one line, at most 80 characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: _MAX_ECHO + 1]
    )
    return text if len(text) <= _MAX_ECHO else text[: _MAX_ECHO - 1] + "…"


def echo_json(value: object) -> str:
    """Return a value of JSON as a parameter: as the file has it, lists and objects by their brackets."""
    if value is None or isinstance(value, str | int | float):
        return echo(json.dumps(value, ensure_ascii=False))
    return "{…}" if isinstance(value, Mapping | JsonPairs) else "[…]"


class JsonPairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that repeated keys stay visible."""


def listing(names: Iterable[str]) -> str:
    """Return names as one parameter, separated by commas."""
    return echo(", ".join(names))


class FaultLog:
    """Faults in the order in which their kinds first appeared."""

    def __init__(self) -> None:
        self._examples: dict[str, list[Message]] = {}
        self._counts: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    @property
    def is_full(self) -> bool:
        """Whether reading on is pointless."""
        return sum(self._counts.values()) >= MAX_FAULTS

    def wants(self, code: str) -> bool:
        """Return whether another example of this kind would be kept."""
        return len(self._examples.get(code, ())) < EXAMPLES_PER_KIND

    def add(self, code: str, **params: Param) -> None:
        """Note one fault."""
        self._counts[code] = self._counts.get(code, 0) + 1
        if self.wants(code):
            self._examples.setdefault(code, []).append(Message(code=code, params=params))

    def add_uncounted(self, code: str, count: int) -> None:
        """Note that `count` more faults of a kind exist, without examples."""
        if count > 0:
            self._counts[code] = self._counts.get(code, 0) + count

    def forget(self, *codes: str) -> None:
        """Drop kinds of faults that a better explanation covers."""
        for code in codes:
            self._counts.pop(code, None)
            self._examples.pop(code, None)

    def refuse(self, code: str, **params: Param) -> SubmissionRefused:
        """Note a fault after which nothing can be read, and return the error to raise."""
        self.add(code, **params)
        return self.refusal()

    def refusal(self) -> SubmissionRefused:
        """Return the error that carries everything noted so far."""
        return SubmissionRefused(self.messages())

    def messages(self) -> tuple[Message, ...]:
        """Return what to tell: kinds in order, ten examples each, then how many more."""
        messages: list[Message] = []
        for code, count in self._counts.items():
            examples = self._examples.get(code, [])
            messages.extend(examples)
            if count > len(examples):
                params: dict[str, Param] = {"count": count - len(examples), "kind": code}
                messages.append(Message(code="more-like-this", params=params))
        return tuple(messages[:MAX_MESSAGES])
