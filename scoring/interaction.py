"""What the author of an environment, `environment.py` of an interactive problem, writes against.

    from scoring.interaction import Agent, episode

    @episode("corridor", lowest=-100, en="A corridor of ten rooms", zh="十个房间的走廊")
    def corridor(agent: Agent, rng) -> float:
        position, reward = 0, 0.0
        for _ in range(100):
            action = agent.ask({"position": position})
            agent.require(action in ("left", "right"), en="left or right is expected", zh="应回答 left 或
            right") position += 1 if action == "right" else -1
            reward -= 1
            if position == 10:
                break
        agent.tell({"done": True})
        return reward

The contestant's program reads one JSON value a line and writes one a line. All episodes are played with one
process, in order. What it says is a participant's data of any type: look at it before you use it. An
exception of the environment itself is the author's fault and stops the whole scoring.
"""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.channel import PeerGone, PeerMalformed, PeerSilent, StreamChannel
from scoring.contract import CaseVerdict, Message, Split
from scoring.errors import ReferenceBroken

MAX_LINE_BYTES = 1 << 20
Play = Callable[..., float]


class TurnFailed(Exception):
    """The contestant's program ended the episode by what it did.

    Args:
        verdict: of the episode.
        message: for the contestant.
        is_over: whether there is nobody left to play the others.
    """

    def __init__(self, verdict: CaseVerdict, message: Message, *, is_over: bool) -> None:
        super().__init__(message.code)
        self.verdict = verdict
        self.message = message
        self.is_over = is_over


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode of an environment.

    Attributes:
        name: unique in the file.
        title: by language; contestants read it.
        split: `public` counts while the contest runs, `private` at its end.
        lowest: reward of an episode that was not played to its end.
        solved_at: reward from which it counts as solved.
        play: the author's function, called as `play(agent, rng)`.
    """

    name: str
    title: dict[str, str]
    split: Split
    lowest: float
    solved_at: float
    play: Play


_collected: list[Episode] = []


def episode(
    name: str, *, en: str, zh: str, lowest: float, solved_at: float | None = None, split: Split = "public"
) -> Callable[[Play], Play]:
    """Declare an episode.

    Args:
        name: unique, kebab-case.
        en: what happens in it; shown to contestants, so it names nothing hidden.
        zh: the same in Chinese.
        lowest: reward of an episode that is not played to its end; no episode gives less.
        solved_at: reward from which it counts as solved; None when playing to the end is enough.
        split: see `Episode`.
    """

    def collect(play: Play) -> Play:
        _collected.append(
            Episode(
                name, {"en": en, "zh": zh}, split, lowest, lowest if solved_at is None else solved_at, play
            )
        )
        return play

    return collect


def load_episodes(path: Path) -> tuple[Episode, ...]:
    """Import an organizer's environment and return its episodes in order.

    Raises:
        ReferenceBroken: not there, no episodes in it, or a name twice.
    """
    _collected.clear()
    spec = importlib.util.spec_from_file_location("environment", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ReferenceBroken(f"no Python file at {path}")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    episodes = tuple(_collected)
    names = [one.name for one in episodes]
    if not episodes or len(set(names)) != len(names):
        raise ReferenceBroken(f"{path.name} must declare episodes with unique names; found {names}")
    return episodes


class Agent:
    """The contestant's program.

    Args:
        channel: to its stdin and stdout.
        patience_s: longest time for one answer here; the judge itself ends a silent program earlier.
    """

    def __init__(self, channel: StreamChannel, patience_s: float) -> None:
        self._channel = channel
        self._patience_s = patience_s

    def tell(self, value: object) -> None:
        """Send a value: one line of JSON.

        Raises:
            TurnFailed: nobody reads any more; ends the episode.
        """
        self.tell_line(json.dumps(value, allow_nan=False, ensure_ascii=False))

    def ask(self, value: object) -> Any:  # noqa: ANN401 - any JSON value
        """Send a value and return the program's answer to it.

        Raises:
            TurnFailed: there is none, or it is no JSON; ends the episode.
        """
        self.tell(value)
        return self.hear()

    def hear(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the next value that the program says.

        Raises:
            TurnFailed: as above.
        """
        line = self.hear_line()
        try:
            return json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise self._failure(CaseVerdict.PE, "agent-not-json") from None

    def tell_line(self, line: str) -> None:
        """Send a line of text. Raises `TurnFailed`."""
        try:
            self._channel.send(line.encode() + b"\n", self._patience_s)
        except (PeerGone, PeerSilent):
            raise self._failure(CaseVerdict.RTE, "agent-ended", is_over=True) from None

    def hear_line(self) -> str:
        """Return the next line of text, without its end. Raises `TurnFailed`."""
        try:
            raw = self._channel.receive_line(self._patience_s, MAX_LINE_BYTES)
        except PeerGone:
            raise self._failure(CaseVerdict.RTE, "agent-ended", is_over=True) from None
        except PeerSilent:
            raise self._failure(CaseVerdict.TLE, "agent-silent", is_over=True) from None
        except PeerMalformed:
            raise self._failure(CaseVerdict.OLE, "agent-line-too-long", is_over=True) from None
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise self._failure(CaseVerdict.PE, "agent-not-text") from None

    def require(self, condition: object, *, en: str, zh: str) -> None:
        """End the episode with PE, in these words, unless `condition` is true.

        Args:
            condition: about what the program said.
            en: what is expected; nothing hidden.
            zh: the same in Chinese.
        """
        if not condition:
            message = Message(code="agent-broke-protocol", params={"en": en, "zh": zh})
            raise TurnFailed(CaseVerdict.PE, message, is_over=False)

    def number(self, value: object, *, lowest: float, highest: float) -> float:
        """Return a number within bounds; PE for anything else.

        Args:
            value: what the program said.
            lowest: smallest allowed.
            highest: largest allowed.
        """
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise self._failure(CaseVerdict.PE, "agent-number", lowest=lowest, highest=highest)
        return float(value)

    def _failure(
        self, verdict: CaseVerdict, code: str, *, is_over: bool = False, **params: str | int | float
    ) -> TurnFailed:
        return TurnFailed(verdict, Message(code=code, params=params), is_over=is_over)


def _refuse_constant(word: str) -> float:
    raise ValueError(word)
