"""Runs a program on test cases, one after the other, in as few sandboxes as the machines allow: one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from judge.worker.bench import Bench
from sandboxes.base import Case, OutputSpec, Profile, Sandbox, Step
from sandboxes.errors import SandboxDied
from sandboxes.limits import MAX_SECONDS, Limits
from sandboxes.results import Outcome, StepResult

# What starting and ending a case may take beside its own time.
_SLACK_S = 1.0


@dataclass(frozen=True, slots=True)
class CaseWork:
    """One run of the program.

    Attributes:
        name: of the case.
        argv: command line.
        stdin: file whose bytes are its standard input; None for nothing.
        inputs: name under `/job/in` → file.
        outputs: what to bring back.
    """

    name: str
    argv: tuple[str, ...]
    stdin: Path | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    outputs: Sequence[OutputSpec] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """What is run on every case.

    Attributes:
        profile: of its sandbox, with the limits of one case; those of the series are made from them.
        inputs: its own files, name under `/job/in` → file.
        executables: those of them that are run themselves.
        seed: of its environment.
    """

    profile: Profile
    inputs: Mapping[str, Path]
    executables: frozenset[str] = frozenset()
    seed: int = 0


def run_cases(
    bench: Bench,
    program: Program,
    work: Sequence[CaseWork],
    *,
    on_total: Callable[[StepResult], None],
    go_on: Callable[[StepResult], bool] = lambda _: True,
) -> Iterator[tuple[CaseWork, StepResult]]:
    """Run cases in order; yield each with its result.

    A sandbox that is lost in the middle is the machines' fault: the case it was lost on is run again in
    another one, once.

    Args:
        bench: lends sandboxes.
        program: what is run.
        work: the cases.
        on_total: told what all cases of a sandbox used together.
        go_on: asked after each case whether there shall be another.

    Raises:
        SandboxError: the machines are at fault.
    """
    waiting = list(reversed(work))
    n_losses = 0
    while waiting:
        limits = _of_series(program.profile.limits, len(waiting))
        profile = _with_limits(program.profile, limits)
        with bench.sandbox(profile) as sandbox:
            sandbox.start(
                Step(
                    limits=limits, has_cases=True, inputs=program.inputs,
                    executables=program.executables, seed=program.seed,
                )
            )  # fmt: skip
            while waiting:
                one = waiting[-1]
                try:
                    result = _run(sandbox, one, program.profile.limits)
                except SandboxDied:
                    n_losses += 1
                    if n_losses > 1 or bench.is_cancelled:
                        raise
                    break
                waiting.pop()
                yield one, result
                if not go_on(result):
                    waiting.clear()
            else:
                sandbox.end_cases()
                on_total(sandbox.wait())


def _run(sandbox: Sandbox, one: CaseWork, limits: Limits) -> StepResult:
    stdin = one.stdin.read_bytes() if one.stdin is not None else b""
    result = sandbox.run_case(
        Case(argv=one.argv, limits=limits, stdin=stdin, inputs=one.inputs, outputs=one.outputs)
    )
    if result.outcome is Outcome.CANCELLED:
        raise SandboxDied(f"case {one.name} was called off: {result.detail}")
    return result


def _of_series(limits: Limits, n_cases: int) -> Limits:
    """Return limits of a whole series: time for every case, and of all else what one may use."""
    said = {limit.name: getattr(limits, limit.name) for limit in fields(Limits)}
    for name in ("wall_time_s", "cpu_time_s"):
        said[name] = min(MAX_SECONDS, (said[name] + _SLACK_S) * n_cases + 30.0)
    return Limits(**said)


def _with_limits(profile: Profile, limits: Limits) -> Profile:
    return Profile(
        profile.image,
        limits,
        profile.preload,
        profile.is_trusted,
        profile.code,
        profile.gpus,
        profile.gpu_memory_mib,
    )
