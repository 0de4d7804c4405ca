"""Kind service: the submission serves HTTP in one sandbox, a client in another asks it and measures."""

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.kinds.job import Job
from judge.worker.material import Material
from judge.worker.profiles import execute_limits, program_profile, score_limits, score_profile
from judge.worker.relay import rule_on_conversation
from judge.worker.steps.score import Scored, trusted_step
from judge.worker.usage import usage_json
from judge.worker.verdicts import Ruling, ScorerFault, read_report, rule_on_execution, rule_on_report
from problems.formats import suffix_of
from problems.kinds import ServiceRules
from sandboxes.base import OutputSpec, Step
from sandboxes.conversation import ChannelRules, Conversation, Party, Reason, service_rules
from sandboxes.errors import SandboxDied
from sandboxes.pairing import join
from sandboxes.results import Outcome, StepResult
from scoring.contract import ReportStatus, ScoringReport

_GATE_FILES = ("program_runner.py", "service_gate.py", "streams.py")
_MAX_FAULT_BYTES = 64 * 1024
_RUNNER = ("python3", "/job/code/program_runner.py")


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind service. Raises as `judge.worker.evaluate.evaluate` does."""
    material, rules = job.material, job.material.spec.service
    if rules is None:
        raise ScorerFault("the problem states no service")
    job.on_state(State.RUNNING)
    scored = _serve(job, material, rules)
    job.ledger.note("score", scored.result, is_trusted=True)
    if scored.host is not None:
        # Called off by us in any case, once the client is through.
        job.ledger.usage["execute"] = usage_json(scored.host.usage, has_timeline=True)
    if job.bench.is_cancelled:
        raise SandboxDied("the work was called off")
    return job.result(scored, rule_on_report(scored.report, executed=scored.ruling))


def _serve(job: Job, material: Material, rules: ServiceRules) -> Scored:
    gate = program_profile(material, execute_limits(material.spec), files=_GATE_FILES)
    spoken = service_rules(total_s=score_limits(material.spec).wall_time_s, start_s=rules.start_s)
    with (
        job.bench.sandbox(score_profile(material.spec)) as trusted,
        job.bench.sandbox(gate) as untrusted,
    ):
        trusted.start(trusted_step(material, job.folder))
        untrusted.start(_server_step(material, rules))
        said = join(trusted, untrusted, spoken)
        ours = trusted.wait()
        untrusted.cancel()
        theirs = untrusted.wait()
    is_ended = said.reason in (Reason.CUT, Reason.ABSENT)
    if said.at_fault(ours, theirs) is Party.TRUSTED and ours.outcome is Outcome.OK and not is_ended:
        raise ScorerFault(f"the client's side of the conversation: {said.reason.value}, {said.detail}")
    report = read_report(ours)
    ruling = _ruling(said, spoken, theirs, material, report)
    if ruling is not None:
        # What was measured before it broke down is no measure of the whole.
        report = ScoringReport(status=ReportStatus.FAILED, messages=ruling.messages)
    return Scored(report, ours, theirs, ruling)


def _ruling(
    said: Conversation, spoken: ChannelRules, theirs: StepResult, material: Material, report: ScoringReport
) -> Ruling | None:
    limits = execute_limits(material.spec)
    ruling = rule_on_conversation(said, spoken, theirs, limits)
    if ruling is not None or theirs.outcome is Outcome.CANCELLED:
        return ruling
    ruling = rule_on_execution(theirs, limits, is_code=True)
    if ruling is None and report.status is ReportStatus.SCORED:
        # It ended by itself, and orderly, while it was still asked.
        ruling = Ruling.crashed()
    return ruling


def _server_step(material: Material, rules: ServiceRules) -> Step:
    limits = execute_limits(material.spec)
    submission = "submission" + suffix_of(material.format)
    unpacking = (*_RUNNER, "--submission", f"/job/in/{submission}", "--max-mib", str(limits.scratch_mib))
    return Step(
        limits=limits,
        module="service_gate",
        args=(
            "--port", str(rules.port), "--patience", str(rules.start_s),
            "--", *unpacking, "--", *rules.command,
        ),
        inputs={**material.inputs, submission: material.submission},
        outputs=(OutputSpec("fault.json", _MAX_FAULT_BYTES, is_required=False),),
        env={"PORT": str(rules.port)},
        has_channel=True,
        seed=material.seed,
    )  # fmt: skip
