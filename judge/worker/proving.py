"""Proves a package: judges its example submissions for real, through the road that contestants use.

A file that intake would refuse counts as `PE`: the contestant gets no further either way.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.errors import UploadRejected
from judge.models.words import State, Verdict
from judge.services import uploads
from judge.services.results import JudgementResult
from judge.worker.bench import Bench, SandboxSource
from judge.worker.evaluate import evaluate, judge_error
from judge.worker.gateway.desk import Desk
from judge.worker.margins import check_margins, check_primary, check_stopped
from judge.worker.material import INPUTS, REFERENCE, SCORER, Material
from judge.worker.probes import Probed, probe
from judge.worker.smoke import on_sample
from judge.worker.verdicts import ScorerFault
from problems.errors import Finding
from problems.loader import Example, Package
from problems.sample import Sample, sample_of
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


def check_example(
    package: Package,
    example: Example,
    source: SandboxSource,
    on_output: Callable[[bytes], None] | None = None,
    desk: Desk | None = None,
) -> ExampleResult:
    """Judge one example of a built package and compare.

    Args:
        package: loaded and built.
        example: of it.
        source: lends sandboxes.
        on_output: see `Bench`.
        desk: asks models.
    """
    result = judge_example(package, example, source, on_output, desk)
    return ExampleResult(example, result, _complaint(example, result))


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the results of all examples say about the problem.

    Attributes:
        findings: limits that are too tight, examples that do not show what they should, probes that win.
        probed: submissions that know nothing.
    """

    findings: tuple[Finding, ...]
    probed: Probed


def conclude(
    package: Package,
    results: Sequence[ExampleResult],
    source: SandboxSource,
    *,
    desk: Desk | None = None,
    is_fast: bool = False,
) -> Conclusion:
    """Look at limits and at submissions that know nothing, once the examples are judged.

    Args:
        package: of the problem.
        results: of its examples.
        source: lends sandboxes.
        desk: asks models.
        is_fast: leave the submissions out that know nothing.
    """

    def judge(example: Example) -> JudgementResult:
        return judge_example(package, example, source, desk=desk)

    found = check_margins(package, [(one.example, one.result) for one in results], judge)
    for one in results:
        if one.example.role == "too-slow" and one.is_right:
            found += check_stopped(package, one.example, one.result)
        if one.example.role == "good":
            found += check_primary(package, one.example, one.result)
    good = [one.result for one in results if one.example.role == "good"]
    if not is_fast:
        found += check_sample(package, results, source)
    probed = Probed(note="left out") if is_fast else probe(package, good, judge)
    return Conclusion((*found, *probed.findings), probed)


def judge_example(
    package: Package,
    example: Example,
    source: SandboxSource,
    on_output: Callable[[bytes], None] | None = None,
    desk: Desk | None = None,
    *,
    is_smoke: bool = False,
) -> JudgementResult:
    """Judge a file by a package, as a contestant's submission would be, or their smoke test."""
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
    if is_smoke:
        material = on_sample(material, Sample.FOLDER, _below(package, "public/sample/"))
    with tempfile.TemporaryDirectory(prefix="judge-proving-") as name:
        try:
            return evaluate(material, Bench(source, on_output), Path(name), on_state=_ignore, desk=desk)
        except (ScorerFault, SandboxError) as fault:
            return judge_error("judge-fault", f"{type(fault).__name__}: {fault}")


def check_sample(package: Package, results: Sequence[ExampleResult], source: SandboxSource) -> list[Finding]:
    """Hand the good examples in as smoke tests, where the package has a folder for them."""
    if sample_of(package.spec, package.files) is not Sample.FOLDER:
        return []
    found = []
    for one in results:
        if one.example.role != "good" or not one.is_right:
            continue
        result = judge_example(package, one.example, source, is_smoke=True)
        if result.verdict is not Verdict.AC:
            said = f"{result.verdict.value}. {result.admin_detail}".strip()
            message = (
                f"{one.example.name} as a smoke test gets {said} Lay public/sample/inputs and "
                "public/sample/reference out as hidden/inputs and hidden/reference are"
            )
            found.append(Finding("sample-broken", message, "public/sample"))
    return found


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
