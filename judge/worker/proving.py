"""Proves a package: judges its example submissions for real, through the road that contestants use.

A file that intake would refuse counts as `PE`: the contestant gets no further either way.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from judge.errors import UploadRejected
from judge.models.words import State, Verdict
from judge.services import uploads
from judge.services.results import JudgementResult
from judge.worker.bench import Bench, DirectSource, SandboxSource
from judge.worker.evaluate import evaluate, judge_error
from judge.worker.material import INPUTS, REFERENCE, SCORER, Material
from judge.worker.verdicts import ScorerFault
from problems.loader import Example, Package
from sandboxes.base import Provider
from sandboxes.errors import SandboxError
from scoring.contract import Message

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What judging an example gave, beside what it must give.

    Attributes:
        example: as the package declares it.
        result: as a contestant would get it.
        complaint: why it is not what was promised; "" when it is.
    """

    example: Example
    result: JudgementResult
    complaint: str

    @property
    def is_right(self) -> bool:
        """Whether the package keeps its promise."""
        return not self.complaint


def check(
    package: Package, provider: Provider, *, source: SandboxSource | None = None
) -> list[ExampleResult]:
    """Judge every example of a built package.

    Args:
        package: loaded and built.
        provider: makes sandboxes.
        source: lends them, when something warmer than the provider is there.

    Returns:
        One result an example, in the manifest's order.
    """
    lender = source or DirectSource(provider)
    return [check_example(package, example, lender) for example in package.examples]


def check_example(package: Package, example: Example, source: SandboxSource) -> ExampleResult:
    """Judge one example and compare."""
    result = _judge(package, example, source)
    return ExampleResult(example, result, _complaint(example, result))


def _judge(package: Package, example: Example, source: SandboxSource) -> JudgementResult:
    try:
        file_format = _intake(package, example)
    except UploadRejected as error:
        return JudgementResult(
            verdict=Verdict.PE, messages=(Message(code=error.code),), admin_detail=error.formatted()
        )
    material = Material(
        spec=package.spec,
        submission=example.path,
        format=file_format,
        inputs=_below(package, INPUTS),
        reference=_below(package, REFERENCE),
        package_sha256=package.sha256,
        scorer=package.files[SCORER].path if SCORER in package.files else None,
    )
    with tempfile.TemporaryDirectory(prefix="judge-proving-") as name:
        try:
            return evaluate(material, Bench(source), Path(name), on_state=_ignore)
        except (ScorerFault, SandboxError) as fault:
            return judge_error("judge-fault", f"{type(fault).__name__}: {fault}")


def _intake(package: Package, example: Example) -> str:
    """Apply intake's static checks; return the format."""
    filename = uploads.safe_name(example.filename)
    file_format = uploads.resolve_format(package.spec, filename, example.format or None)
    size = example.path.stat().st_size
    if size > package.spec.submission.max_mib * MIB:
        raise UploadRejected("The file is larger than this problem allows.", code="payload-too-large")
    uploads.check_file(example.path, file_format)
    return file_format


def _below(package: Package, folder: str) -> dict[str, Path]:
    return {entry.name.removeprefix(folder): entry.path for entry in package.below(folder)}


def _complaint(example: Example, result: JudgementResult) -> str:
    if result.verdict.value not in example.verdicts:
        expected = " or ".join(example.verdicts)
        return f"got {result.verdict.value}, expected {expected}. {result.admin_detail}".strip()
    if example.score is None or result.verdict not in {Verdict.AC, Verdict.WA}:
        return ""
    low, high = example.score
    if result.score is None or not low <= result.score <= high:
        return f"scored {result.score}, expected {low} to {high}"
    return ""


def _ignore(_state: State) -> None:
    """Nobody watches a proof."""
