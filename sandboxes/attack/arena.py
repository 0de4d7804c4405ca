"""Lets one hostile program loose in a sandbox of a provider, with neighbours worth robbing.

All the while a trusted sandbox with a reference file and another contestant's sandbox with an input live
beside it, both holding the bait.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from sandboxes.attack.bait import Bait, processes_with
from sandboxes.attack.cards import PROBE, SMALL, Card, Road, Runs
from sandboxes.base import Case, OutputSpec, Profile, Provider, Sandbox, Step
from sandboxes.errors import SandboxDied
from sandboxes.limits import MIB
from sandboxes.results import Outcome, StepResult

ARTEFACT = "artefact"
HOLD_S = 3000.0
# What a sandbox may take beyond its wall limit until its end is reported, on a busy machine.
OVERRUN_S = 2.0
# What the kernel may take to end killed processes, on a busy machine.
DYING_S = 5.0
BUILD_S = 80.0
_NEIGHBOUR = """
import glob, os, socket, time
word = "".join(open(path).read() for path in glob.glob("/job/in/**/*.txt", recursive=True))
for folder in ("/tmp", "/dev/shm", "/job/out"): open(folder + "/mark", "w").write(word)
held = socket.socket(socket.AF_UNIX); held.bind("\\0neighbour"); held.listen()
door = socket.socket(socket.AF_UNIX); door.connect("/job/chan"); door.sendall(b"\\0\\0\\0\\2up")
time.sleep(3000)
"""
# An honest program in the cases before and after a hostile one.
HONEST = "import sys; n = sum(map(int, sys.stdin.read().split())); print(n, open('/job/in/bias.txt').read())"
HONEST_SAYS = b"42"


@dataclass(frozen=True, slots=True)
class Fight:
    """What one hostile program did in a sandbox.

    Attributes:
        results: of each time it ran.
        harm: what it did to others; "" if nothing.
    """

    results: tuple[StepResult, ...]
    harm: str = ""


class Arena:
    """A provider with bait laid out around it.

    Args:
        provider: whose walls are tried.
        folder: private and empty; readable by the sandboxes.
        gpus: ids of devices for the programs that attack one.
    """

    def __init__(self, provider: Provider, folder: Path, gpus: tuple[str, ...] = ()) -> None:
        self.provider = provider
        self.gpus = gpus
        self.folder = folder
        self.weaknesses = provider.report().weaknesses
        self.bait = Bait(folder)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.bait)
            self.secret = self.folder / "secret.txt"
            self.secret.write_text(self.bait.word, encoding="ascii")
            self.secret.chmod(0o644)
            for name, is_trusted in (("reference/labels.txt", True), ("secret.txt", False)):
                stack.callback(self._settle_neighbour(name, is_trusted=is_trusted).destroy)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def fight(self, card: Card) -> Fight:
        """Run a program of the roads `step` and `cases`.

        Raises:
            SandboxError: the sandbox could not do its work.
        """
        token = secrets.token_hex(8)
        fight = self._cases(card, token) if card.road is Road.CASES else self._steps(card, token)
        left = processes_with(token)
        deadline = time.monotonic() + DYING_S
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = processes_with(token)
        if not fight.harm and left:
            return replace(fight, harm=f"processes are left on the host: {left}")
        return fight

    def build(self, card: Card) -> StepResult:
        """Let a program build its file in a sandbox; `outputs[ARTEFACT]` is the file."""
        token = secrets.token_hex(8)
        # Its limits are for what comes later; building is our own wish.
        card = replace(card, limits=replace(card.limits, wall_time_s=BUILD_S, cpu_time_s=BUILD_S))
        spec = OutputSpec(ARTEFACT, card.limits.output_mib * MIB)
        with self._sandbox(card) as sandbox:
            return sandbox.run(replace(self._step(card, token, 1), outputs=(spec,)))

    def _settle_neighbour(self, name: str, *, is_trusted: bool) -> Sandbox:
        limits = replace(SMALL, wall_time_s=HOLD_S, cpu_time_s=60)
        sandbox = self.provider.create(Profile("python", limits, is_trusted=is_trusted))
        try:
            sandbox.start(
                Step(
                    limits,
                    argv=("python3", "-c", _NEIGHBOUR, self.bait.word),
                    inputs={name: self.secret},
                    env={"SECRET": self.bait.word},
                    has_channel=True,
                )
            )
            sandbox.channel().receive(20.0, 16)
        except BaseException:
            sandbox.destroy()
            raise
        return sandbox

    @contextmanager
    def _sandbox(self, card: Card) -> Iterator[Sandbox]:
        gpus = self.gpus if card.needs_gpu else ()
        sandbox = self.provider.create(Profile(card.image, card.limits, gpus=gpus))
        try:
            yield sandbox
        finally:
            sandbox.destroy()

    def _environment(self, token: str, turn: int) -> dict[str, str]:
        told = {**self.bait.known(), "turn": turn, "token": token}
        return {"ATTACK": json.dumps(told)}

    def _inputs(self, card: Card) -> dict[str, Path]:
        return {"attack.py": card.path, PROBE: card.path.parent.parent / PROBE}

    def _step(self, card: Card, token: str, turn: int, *, has_channel: bool = False) -> Step:
        return Step(
            card.limits,
            argv=("python3", "/job/in/attack.py"),
            inputs=self._inputs(card),
            outputs=card.outputs,
            env=self._environment(token, turn),
            has_channel=has_channel,
        )

    def _steps(self, card: Card, token: str) -> Fight:
        if card.runs is Runs.BESIDE:
            return self._beside(card, token)
        fights = [self._timed(card, token, turn) for turn in ((1, 2) if card.runs is Runs.TWICE else (1,))]
        harm = next((fight.harm for fight in fights if fight.harm), "")
        return Fight(tuple(fight.results[0] for fight in fights), harm)

    def _timed(self, card: Card, token: str, turn: int) -> Fight:
        with self._sandbox(card) as sandbox:
            started = time.monotonic()
            sandbox.start(self._step(card, token, turn))
            result = sandbox.wait()
            over_s = time.monotonic() - started - card.limits.wall_time_s
        return Fight((result,), f"it ran {over_s:.1f} s beyond its limit" if over_s > OVERRUN_S else "")

    def _beside(self, card: Card, token: str) -> Fight:
        """Run it while the same program, which says over its channel when it is ready, still runs."""
        with self._sandbox(card) as first, self._sandbox(card) as second:
            first.start(self._step(card, token, 1, has_channel=True))
            if first.channel().receive(card.limits.wall_time_s, 16) is None:
                return Fight((first.wait(),), "the first of two said nothing")
            second.start(self._step(card, token, 2))
            result = second.wait()
            first.cancel()
            first.wait()
        return Fight((result,))

    def _cases(self, card: Card, token: str) -> Fight:
        bias = self.folder / f"bias-{token}.txt"
        bias.write_text(self.bait.word, encoding="ascii")
        bias.chmod(0o644)
        # The series bounds the honest ones as well; however short the hostile one's time, they get the usual.
        limits = replace(
            card.limits,
            wall_time_s=4 * (card.limits.wall_time_s + SMALL.wall_time_s),
            cpu_time_s=4 * (card.limits.cpu_time_s + SMALL.cpu_time_s),
        )
        patient = replace(card.limits, wall_time_s=SMALL.wall_time_s, cpu_time_s=SMALL.cpu_time_s)
        honest = Case(
            ("python3", "-c", HONEST), SMALL if _fits(SMALL, limits) else patient,
            stdin=b"40 2", inputs={"bias.txt": bias}, env={"SECRET": self.bait.word},
        )  # fmt: skip
        series = _Series(self.provider, Profile(card.image, limits))
        try:
            harm = _honest(series, honest, "before")
            results = []
            for turn in (1, 2) if card.runs is Runs.TWICE else (1,):
                results.append(series.run(self._case(card, token, turn)))
                harm = harm or _honest(series, honest, "after")
        finally:
            series.end()
            bias.unlink()
        return Fight(tuple(results), harm)

    def _case(self, card: Card, token: str, turn: int) -> Case:
        step = self._step(card, token, turn)
        return Case(step.argv, card.limits, inputs=step.inputs, outputs=card.outputs, env=step.env)


class _Series:
    """Cases in one sandbox; in a fresh one when a case has ended it, as a judge goes on."""

    def __init__(self, provider: Provider, profile: Profile) -> None:
        self._provider = provider
        self._profile = profile
        self._sandbox = self._fresh()

    def run(self, case: Case) -> StepResult:
        try:
            return self._sandbox.run_case(case)
        except SandboxDied:
            self._sandbox.destroy()
            self._sandbox = self._fresh()
            return self._sandbox.run_case(case)

    def end(self) -> None:
        self._sandbox.end_cases()
        self._sandbox.destroy()

    def _fresh(self) -> Sandbox:
        sandbox = self._provider.create(self._profile)
        try:
            sandbox.start(Step(self._profile.limits, has_cases=True))
        except BaseException:
            sandbox.destroy()
            raise
        return sandbox


def _honest(series: _Series, case: Case, when: str) -> str:
    """Run the honest case; return what is wrong with it."""
    result = series.run(case)
    says = HONEST_SAYS + b" " + case.env["SECRET"].encode() + b"\n"
    if result.outcome is Outcome.OK and result.stdout == says:
        return ""
    return f"the honest case {when} it ended with {result.outcome.value}: {result.detail}"


def _fits(inner: object, outer: object) -> bool:
    return all(getattr(inner, name) <= getattr(outer, name) for name in SMALL.__slots__)
