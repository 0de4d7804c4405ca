"""Hostile programs through every road of the judge: were they contained?

What runs in a sandbox alone is left to `sandboxes.attack`; here its outcome becomes a verdict as it would
for a contestant, and files that hostile programs built go through the stock runner and the scorers as if
intake had let them pass.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.attack_problems import material_for, write_problem
from judge.worker.bench import Bench, DirectSource
from judge.worker.evaluate import evaluate
from judge.worker.verdicts import ScorerFault, clean_text, rule_on_execution
from sandboxes.attack.arena import ARTEFACT, Arena, Fight
from sandboxes.attack.cards import Card, Road
from sandboxes.base import Provider
from sandboxes.errors import SandboxError
from sandboxes.limits import Limits
from sandboxes.results import Outcome, StepResult

N_AT_ONCE = 2
CONTAINED = b"contained\n"
JUDGE_ERROR = "JE"


@dataclass(frozen=True, slots=True)
class Trial:
    """How one attack ended.

    Attributes:
        card: what was tried.
        verdicts: it got, one each time it ran.
        complaint: how it got through; "" when it was contained.
        took_s: seconds of wall time.
        could_run: False when the machinery failed before the attack could show anything.
    """

    card: Card
    verdicts: tuple[str, ...]
    complaint: str
    took_s: float
    could_run: bool = True

    @property
    def is_contained(self) -> bool:
        """Whether it ran and gained nothing."""
        return self.could_run and not self.complaint


class _Scales(TypedDict):
    weaknesses: tuple[str, ...]
    is_secret: Callable[[bytes], bool]


class Siege:
    """All roads to one provider, with bait laid out.

    Args:
        arena: entered.
    """

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self._problem = write_problem(arena.folder, arena.bait.word)
        self._source = DirectSource(arena.provider)
        self._scales: _Scales = {"weaknesses": arena.weaknesses, "is_secret": arena.bait.is_in}

    def attempt(self, card: Card) -> Trial:
        """Let one program try; never raises for what it did or what broke."""
        started = time.monotonic()
        try:
            verdicts, complaint = self._by_road(card)
        except (SandboxError, ScorerFault, ValueError) as error:
            verdicts, complaint = (JUDGE_ERROR,), f"{type(error).__name__}: {error}"
        took_s = time.monotonic() - started
        # A scorer that a contestant's file can break is a way through; a machine that fails is not.
        could_run = JUDGE_ERROR not in verdicts or complaint.startswith("ScorerFault")
        return Trial(card, verdicts, complaint, took_s, could_run)

    def _by_road(self, card: Card) -> tuple[tuple[str, ...], str]:
        if card.road in {Road.STEP, Road.CASES}:
            fight = self.arena.fight(card)
            verdicts, complaint = weigh_fight(card, fight, **self._scales)
            return verdicts, complaint or self.arena.bait.harm()
        submission = card.path
        with tempfile.TemporaryDirectory(dir=self.arena.folder) as name:
            folder = Path(name)
            if card.road is not Road.FUNCTION:
                submission = folder / ARTEFACT
                built = self.arena.build(card)
                if built.outcome is not Outcome.OK:
                    tail = built.stderr[-400:].decode("utf-8", "replace")
                    raise SandboxError(f"its file could not be built: {built.outcome}: {tail}")
                submission.write_bytes(built.outputs[ARTEFACT])
            result = self._judge(card, submission, folder)
        said = [str(value) for message in result.messages for value in message.params.values()]
        views = [result.stdout + result.stderr, *said]
        seen = [repr(result).encode("utf-8", "backslashreplace")]
        verdicts = (result.verdict.value,)
        complaint = weigh(card, verdicts, seen, views, **self._scales)
        return verdicts, complaint or self.arena.bait.harm()

    def _judge(self, card: Card, submission: Path, folder: Path) -> JudgementResult:
        work = folder / "work"
        work.mkdir()
        material = material_for(card, submission, self._problem)
        return evaluate(material, Bench(self._source), work, on_state=_ignore)


def weigh(
    card: Card,
    verdicts: Sequence[str],
    seen: Sequence[bytes],
    views: Sequence[str],
    *,
    weaknesses: tuple[str, ...],
    is_secret: Callable[[bytes], bool],
) -> str:
    """Say how an attack got through, the worst first; "" if it did not.

    Args:
        card: what it promises.
        verdicts: what it got.
        seen: all bytes that came back.
        views: texts as people are shown them.
        weaknesses: of the provider.
        is_secret: whether some bytes hold the bait.
    """
    tail = clean_text(seen[-1][-600:]).strip()
    if any(is_secret(body) for body in seen):
        return f"it carried a secret out: {tail}"
    for text in card.never:
        if any(text.encode() in body for body in seen):
            return f"{text!r} came back, which it must not"
    accepted = card.accepted(weaknesses)
    if not set(verdicts) <= accepted:
        return f"got {', '.join(verdicts)}, must get {' or '.join(sorted(accepted))}: {tail}"
    if not all(_is_plain(char) for view in views for char in view):
        return "control or direction characters reach whoever reads its output"
    missing = [text for text in card.shows if not any(text in view for view in views)]
    return f"not shown: {', '.join(missing)}" if missing else ""


def weigh_fight(
    card: Card, fight: Fight, *, weaknesses: tuple[str, ...], is_secret: Callable[[bytes], bool]
) -> tuple[tuple[str, ...], str]:
    """Return the verdicts and the complaint of a program that ran in a sandbox alone."""
    verdicts = tuple(verdict_of(result, card.limits) for result in fight.results)
    seen = [_everything(result) for result in fight.results]
    views = [clean_text(result.stdout + result.stderr) for result in fight.results]
    complaint = weigh(card, verdicts, seen, views, weaknesses=weaknesses, is_secret=is_secret)
    return verdicts, fight.harm or complaint


def verdict_of(result: StepResult, limits: Limits) -> str:
    """Return the verdict of a program that ran by itself: AC is for one that says that it was contained."""
    if result.outcome is Outcome.CANCELLED:
        return JUDGE_ERROR
    ruling = rule_on_execution(result, limits)
    if ruling is not None:
        return ruling.verdict.value
    return "AC" if result.stdout.endswith(CONTAINED) else "WA"


@contextmanager
def besieged(provider: Provider, gpus: tuple[str, ...] = ()) -> Iterator[Siege]:
    """Lay out the bait round a provider; it is cleared away at the end.

    Args:
        provider: whose walls are tried.
        gpus: ids of devices for the programs that attack one.

    Raises:
        SandboxError: the provider cannot run anything.
    """
    with tempfile.TemporaryDirectory(prefix="judge-attack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Arena(provider, folder, gpus) as arena:
            yield Siege(arena)


def attack(cards: Sequence[Card], siege: Siege, on_end: Callable[[Trial], None]) -> list[Trial]:
    """Let programs try, a few at a time.

    Args:
        cards: what to try.
        siege: against which provider.
        on_end: told of each in the order of `cards`.
    """
    with ThreadPoolExecutor(N_AT_ONCE, thread_name_prefix="attack") as executor:
        running: list[Future[Trial]] = [executor.submit(siege.attempt, card) for card in cards]
        trials = []
        try:
            for future in running:
                trials.append(future.result())
                on_end(trials[-1])
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    return trials


def _everything(result: StepResult) -> bytes:
    """Return all bytes that came back of a step."""
    return b"\n".join((*result.outputs.values(), result.detail.encode(), result.stdout, result.stderr))


def _is_plain(char: str) -> bool:
    """Whether a character can be shown without changing what stands around it."""
    if char in "\n\t":
        return True
    is_control = char < " " or "\x7f" <= char <= "\x9f"
    return not (is_control or "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069")


def _ignore(_state: State) -> None:
    """Nobody watches an attack's progress."""
