"""Runs the scorer in the trusted sandbox: outputs go in as data, beside the reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from judge.worker.bench import Bench
from judge.worker.material import SCORER, Material
from judge.worker.profiles import execute_limits, execute_profile, score_limits, score_profile
from judge.worker.relay import function_rules, rule_on_conversation
from judge.worker.verdicts import MAX_REPORT_BYTES, Ruling, ScorerFault, read_report
from problems.formats import suffix_of
from problems.schema import Scoring
from sandboxes.base import OutputSpec, Step
from sandboxes.conversation import Party, Reason
from sandboxes.pairing import join
from sandboxes.results import Outcome, StepResult
from scoring.case_files import CASES_FILE, OUTPUTS_FILE, CaseSet
from scoring.contract import (
    MAX_PLOT_BYTES,
    MAX_PLOTS,
    BootstrapRequest,
    MetricRequest,
    ScoringReport,
    ScoringRequest,
)
from scoring.derived import inputs_of
from scoring.options import SCORER_OPTIONS, FunctionOptions

_OUTPUTS = (
    OutputSpec("report.json", MAX_REPORT_BYTES),
    *(OutputSpec(f"plot-{number}", MAX_PLOT_BYTES, is_required=False) for number in range(MAX_PLOTS)),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """What the scorer said and used.

    Attributes:
        host: the contestant's process of a `function` problem.
        ruling: on that process, when it broke a limit or the rules of the conversation.
    """

    report: ScoringReport
    result: StepResult
    host: StepResult | None = None
    ruling: Ruling | None = None


def score_file(
    material: Material,
    bench: Bench,
    folder: Path,
    *,
    submission: Path,
    suffix: str,
    extra: Mapping[str, Path],
) -> Scored:
    """Score a file: what the contestant handed in, or what their model predicted.

    Args:
        material: the problem's side.
        bench: lends the sandbox.
        folder: private, for the request.
        submission: the file.
        suffix: of its format.
        extra: further outputs of the execute step, by name.

    Raises:
        ScorerFault: the scorer is at fault.
        SandboxError: infrastructure fault.
    """
    name = f"submission{suffix}"
    request = _request(material, submission=name, extra={key: path.name for key, path in extra.items()})
    inputs = {name: submission, **{path.name: path for path in extra.values()}}
    step = _step(material, folder, request, inputs, has_channel=False)
    with bench.sandbox(score_profile(material.spec)) as sandbox:
        sandbox.start(step)
        result = sandbox.wait()
    return Scored(read_report(result), result)


def score_predictions(material: Material, bench: Bench, folder: Path) -> Scored:
    """Score the file that the contestant handed in. See `score_file`."""
    return score_file(
        material,
        bench,
        folder,
        submission=material.submission,
        suffix=suffix_of(material.format),
        extra={},
    )


def score_cases(
    material: Material,
    bench: Bench,
    folder: Path,
    cases: CaseSet,
    outputs: Mapping[str, Path],
) -> Scored:
    """Let the scorer check what a program wrote for its test cases, and add up points.

    Args:
        material: the problem's side.
        bench: lends the sandbox.
        folder: private.
        cases: what is known of each.
        outputs: case → file with what the program wrote, where that is still to be checked.

    Raises:
        ScorerFault: the scorer is at fault.
        SandboxError: infrastructure fault.
    """
    listing, joined = folder / CASES_FILE, folder / OUTPUTS_FILE
    entries, offset = [], 0
    with joined.open("wb") as sink:
        for entry in cases.cases:
            if entry.verdict is None:
                n_bytes = sink.write(outputs[entry.name].read_bytes())
                entry = entry.model_copy(update={"offset": offset, "n_bytes": n_bytes})  # noqa: PLW2901
                offset += n_bytes
            entries.append(entry)
    listing.write_text(cases.model_copy(update={"cases": tuple(entries)}).model_dump_json(), encoding="utf-8")
    inputs = {CASES_FILE: listing, OUTPUTS_FILE: joined}
    step = _step(material, folder, _request(material), inputs, has_channel=False)
    with bench.sandbox(score_profile(material.spec)) as sandbox:
        sandbox.start(step)
        result = sandbox.wait()
    return Scored(read_report(result), result)


def trusted_step(material: Material, folder: Path) -> Step:
    """Return a scorer's step that has a channel to what a contestant made. Raises `ScorerFault`."""
    return _step(material, folder, _request(material), {}, has_channel=True)


def score_function(material: Material, bench: Bench, folder: Path) -> Scored:
    """Let the hidden tests question the contestant's module, each in its own sandbox.

    Raises:
        ScorerFault: the tests or the scorer are at fault.
        SandboxError: infrastructure fault.
    """
    spec = material.spec
    options = FunctionOptions.model_validate(spec.scoring.options)
    host_step = Step(
        limits=execute_limits(spec),
        module="function_host",
        args=("/job/in/solution.py",),
        inputs={**material.inputs, "solution.py": material.submission},
        has_channel=True,
        seed=material.seed,
    )
    grader_step = _step(material, folder, _request(material), {}, has_channel=True)
    with (
        bench.sandbox(score_profile(spec)) as trusted,
        bench.sandbox(execute_profile(material)) as untrusted,
    ):
        trusted.start(grader_step)
        untrusted.start(host_step)
        rules = function_rules(options, wall_time_s=score_limits(spec).wall_time_s)
        said = join(trusted, untrusted, rules)
        result = trusted.wait()
        untrusted.cancel()  # it may still sit in a call; whoever ended by itself keeps its outcome
        host = untrusted.wait()
    # Where the grader's process ended, its result says more, and `read_report` tells it.
    is_unspoken = said.is_breach or result.outcome is Outcome.OK
    is_ended = said.reason in (Reason.CUT, Reason.ABSENT)
    if said.at_fault(result, host) is Party.TRUSTED and is_unspoken and not is_ended:
        raise ScorerFault(f"the tests' side of the conversation: {said.reason.value}, {said.detail}")
    ruling = rule_on_conversation(said, rules, host, execute_limits(spec))
    return Scored(read_report(result), result, host, ruling)


def _request(
    material: Material, *, submission: str = "", extra: Mapping[str, str] | None = None
) -> ScoringRequest:
    scoring = material.spec.scoring
    try:
        options = SCORER_OPTIONS[scoring.scorer].model_validate(scoring.options)
        return ScoringRequest(
            scorer=scoring.scorer,
            options=options.model_dump(mode="json"),
            metrics=tuple(
                MetricRequest(
                    name=metric.name,
                    label=metric.label,
                    params=dict(metric.params),
                    higher_is_better=metric.higher_is_better,
                )
                for metric in scoring.metrics
            ),
            primary="" if scoring.primary in {one.key for one in scoring.derived} else scoring.primary,
            submission=submission,
            extra=dict(extra or {}),
            seed=material.seed,
            bootstrap=bootstrap_of(scoring),
            has_sketch=True,
        )
    except (KeyError, ValidationError) as error:
        raise ScorerFault(f"scoring options of {material.spec.slug} are not valid: {error}") from error


def bootstrap_of(scoring: Scoring) -> BootstrapRequest | None:
    """Return how confidence intervals are made; None where the problem wants none."""
    if not scoring.bootstrap:
        return None
    keys = inputs_of(scoring.primary, scoring.derived)
    return BootstrapRequest(n_replicates=scoring.bootstrap, keys_of_replicates=keys)


def _step(
    material: Material,
    folder: Path,
    request: ScoringRequest,
    inputs: Mapping[str, Path],
    *,
    has_channel: bool,
) -> Step:
    path = folder / "request.json"
    path.write_text(request.model_dump_json(), encoding="utf-8")
    reference = {f"reference/{name}": file for name, file in material.reference.items()}
    if material.scorer is not None:
        inputs = {**inputs, SCORER: material.scorer}
    return Step(
        limits=score_limits(material.spec),
        module="scoring",
        inputs={**reference, **inputs, path.name: path},
        outputs=_OUTPUTS,
        has_channel=has_channel,
        seed=material.seed,
    )
