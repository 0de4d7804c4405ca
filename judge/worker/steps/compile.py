"""Compiles programs of one file, each in a sandbox of its language."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.models.words import Verdict
from judge.worker.bench import Bench
from judge.worker.profiles import DEFAULT_COMPILE, merged
from judge.worker.verdicts import Ruling, rule_on_limits
from problems.languages import Language
from problems.limits import StepLimits
from sandboxes.base import OutputSpec, Profile, Step
from sandboxes.errors import SandboxDied
from sandboxes.limits import MIB, Limits
from sandboxes.results import Outcome, StepResult
from scoring.contract import Message

MAX_ARTEFACT_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class Compiled:
    """What came of compiling.

    Attributes:
        artefact: file to be run; None when it could not be made.
        result: of the compiler's step.
    """

    artefact: Path | None
    result: StepResult


def compile_source(
    bench: Bench,
    source: Path,
    language: Language,
    folder: Path,
    limits: StepLimits,
    *,
    siblings: Mapping[str, Path] | None = None,
    is_trusted: bool = False,
) -> Compiled:
    """Compile one program.

    Args:
        bench: lends the sandbox.
        source: its file.
        language: of it.
        folder: private; gets the artefact.
        limits: of the compiler.
        siblings: further files beside the source, such as headers, by name.
        is_trusted: whether it is an organizer's.

    Raises:
        SandboxError: the machines are at fault.
    """
    allowed = merged(DEFAULT_COMPILE, limits)
    step = Step(
        limits=allowed,
        argv=language.compile,
        inputs={**(siblings or {}), language.source: source},
        outputs=(OutputSpec(language.artefact, MAX_ARTEFACT_BYTES),),
        env={"TMPDIR": "/tmp"},  # noqa: S108 - inside the sandbox
    )
    with bench.sandbox(Profile(language.image, allowed, is_trusted=is_trusted)) as sandbox:
        sandbox.start(step)
        result = sandbox.wait()
    if result.outcome is Outcome.CANCELLED:
        raise SandboxDied("the compiler was called off")
    if result.outcome is not Outcome.OK:
        return Compiled(None, result)
    artefact = folder / f"artefact-{'ours' if is_trusted else 'theirs'}-{language.artefact}"
    artefact.write_bytes(result.outputs[language.artefact])
    return Compiled(artefact, result)


def rule_on_compiling(compiled: Compiled, limits: Limits) -> Ruling:
    """Return the ruling on a program that could not be compiled: CE, whatever the compiler did."""
    broken = rule_on_limits(compiled.result, limits)
    messages = broken.messages if broken else ()
    return Ruling(Verdict.CE, (Message(code="compile-failed"), *messages))
