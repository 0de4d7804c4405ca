"""Submissions as history rows and as the live page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext, ngettext

from judge.models import Judgement, Metric, Run, Submission
from judge.services.visibility import Sight
from web.i18n import localised
from web.messages import message_text, no_interval_text, reason_text
from web.presenters.exhibits import Exhibits, present_exhibits
from web.presenters.gpus import WaitingLine
from web.presenters.problems import decimals_of, metric_label, spec_of
from web.presenters.sandbox import SandboxNotice, present_sandbox
from web.presenters.usage import Spark, present_sparks, present_usage
from web.presenters.verdicts import Chip, Step, is_final, present_case, present_outcome, present_road
from web.presenters.words import SPLITS

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """One line of a history.

    Attributes:
        public_id: for its address.
        problem_slug: of its problem.
        problem_name: in the reader's language.
        contest_name: where it counts.
        team_name: who handed it in; escape it.
        author: which account did; empty when the team's name says it.
        filename: as uploaded; escape it.
        note: as typed; escape it.
        outcome: verdict or state.
        score: deciding metric on the public split, or None.
        decimals: of the score.
        submitted_at: when it was accepted.
    """

    public_id: str
    problem_slug: str
    problem_name: str
    contest_name: str
    team_name: str
    author: str
    filename: str
    note: str
    outcome: Chip
    score: float | None
    decimals: int
    submitted_at: datetime


class MetricCell(NamedTuple):
    """A value on one split; `low` and `high` are its confidence interval."""

    split: object
    value: float | None
    reason: str
    low: float | None
    high: float | None
    no_interval: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric on each split that may be seen."""

    label: object
    is_primary: bool
    direction: str
    values: list[MetricCell]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One test: its name, its subtask if there are any, how it went and why."""

    title: str
    subtask: str
    outcome: Chip
    score: float
    weight: float
    wall_time_s: float
    message: str


@dataclass(frozen=True, slots=True)
class LivePanel:
    """The part of a submission's page that changes.

    Attributes:
        public_id: of the submission.
        state: word of the state.
        is_final: whether nothing will change any more.
        outcome: verdict or state.
        road: the stations and how far it is.
        position: line for a waiting one, e.g. «2 ahead of it», or empty.
        waiting: what it waits for beside its turn, or empty.
        announcement: one sentence for screen readers.
        messages: why, in the reader's language.
        metrics: all that may be seen.
        score: deciding metric on the public split.
        score_label: its name.
        decimals: of scores.
        cases: tests, when the problem shows them.
        n_passed: how many of them passed.
        stdout: own output, when the problem shows it.
        stderr: the same.
        exhibits: what the scorer shows beside numbers.
        usage: what it needed.
        sparks: the same over time, where that may be seen.
        sandbox: where it ran, once that is known.
        receipt: what made the result.
        has_signed_receipt: whether it can be fetched, signed.
        charge: what it counts against: `quota`, `fault` or `none`.
        is_smoke: whether it is judged on the sample alone.
        late: what being late costs it, a line or empty.
    """

    public_id: str
    state: str
    is_final: bool
    outcome: Chip
    road: list[Step]
    position: str
    waiting: str
    announcement: str
    messages: list[str]
    metrics: list[MetricRow]
    has_intervals: bool
    score: float | None
    is_released_score: bool
    score_label: object
    decimals: int
    cases: list[CaseRow]
    n_passed: int
    stdout: str
    stderr: str
    exhibits: Exhibits
    usage: list[tuple[object, str]]
    sparks: list[Spark]
    sandbox: SandboxNotice | None
    receipt: list[tuple[object, str]]
    has_signed_receipt: bool
    charge: str
    is_smoke: bool
    late: str


def present_row(submission: Submission, judgement: Judgement, *, score: float | None) -> SubmissionRow:
    """Return a submission as a line of a history, with the score that the viewer may see."""
    version = judgement.problem_version
    return SubmissionRow(
        public_id=submission.public_id,
        problem_slug=submission.problem.slug,
        problem_name=localised(spec_of(version).get("names")) or submission.problem.slug,
        contest_name=localised(submission.phase.contest.names),
        team_name=submission.team.name,
        author="" if submission.account.username == submission.team.name else submission.account.username,
        filename=submission.filename,
        note=submission.note,
        outcome=present_outcome(judgement.state, judgement.verdict),
        score=score,
        decimals=decimals_of(version),
        submitted_at=submission.submitted_at,
    )


def present_panel(
    submission: Submission,
    judgement: Judgement,
    *,
    seen: Sight,
    position: int | None,
    waiting: WaitingLine | None,
) -> LivePanel:
    """Return the changing part of a submission's page.

    Args:
        submission: whose page it is.
        judgement: the current one.
        seen: what the viewer may see of it now.
        waiting: what it waits for beside its turn, or None.
        position: its place among those that wait, from 1, or None.
    """
    spec = spec_of(judgement.problem_version)
    feedback = spec.get("feedback", "verdict")
    outcome = present_outcome(judgement.state, judgement.verdict)
    primary = str((spec.get("scoring") or {}).get("primary", ""))
    cases = _cases(seen.runs, seen.exhibits.get("subtasks", ())) if feedback in ("full", "cases") else []
    return LivePanel(
        public_id=submission.public_id,
        state=judgement.state,
        is_final=is_final(judgement.state),
        outcome=outcome,
        road=present_road(judgement.state, judgement.problem_version.kind),
        # Nobody is next in line for what is not there.
        position="" if waiting and waiting.code == "gpu-offline" else _position(position),
        waiting=waiting.text if waiting else "",
        announcement=_announcement(outcome, waiting),
        messages=[message_text(message) for message in seen.messages],
        metrics=_metrics(seen.metrics, primary),
        has_intervals=any(metric.low is not None for metric in seen.metrics),
        score=seen.score,
        is_released_score=seen.is_released,
        score_label=metric_label(primary),
        decimals=decimals_of(judgement.problem_version),
        cases=cases,
        n_passed=sum(case.outcome.code == "AC" for case in cases),
        stdout=judgement.stdout if feedback == "full" else "",
        stderr=judgement.stderr if feedback == "full" else "",
        exhibits=present_exhibits(seen.exhibits),
        usage=present_usage(seen.usage),
        sparks=present_sparks(seen.usage),
        sandbox=present_sandbox(judgement.receipt.get("sandbox")),
        receipt=_receipt(submission, judgement),
        has_signed_receipt=bool(judgement.receipt),
        charge=submission.charge,
        is_smoke=submission.is_smoke,
        late=_late(submission),
    )


def _announcement(outcome: Chip, waiting: WaitingLine | None) -> str:
    told = str(gettext("State of the submission: %(state)s", state=outcome.label))
    return f"{told}. {waiting.text}" if waiting else told


def _position(position: int | None) -> str:
    if position is None:
        return ""
    if position <= 1:
        return str(gettext("Next in line"))
    return str(
        ngettext("%(num)d submission waits before it", "%(num)d submissions wait before it", position - 1)
    )


def _metrics(metrics: Sequence[Metric], primary: str) -> list[MetricRow]:
    rows: dict[str, MetricRow] = {}
    for metric in sorted(metrics, key=lambda metric: (metric.key != primary, metric.id)):
        direction = gettext("higher is better") if metric.higher_is_better else gettext("lower is better")
        row = rows.setdefault(
            metric.key, MetricRow(metric_label(metric.key), metric.key == primary, direction, [])
        )
        row.values.append(
            MetricCell(
                SPLITS.get(metric.split, metric.split),
                metric.value,
                reason_text(metric.reason),
                metric.low,
                metric.high,
                no_interval_text(metric.no_interval),
            )
        )
    return list(rows.values())


def _cases(runs: Sequence[Run], subtasks: Sequence[Mapping[str, Any]]) -> list[CaseRow]:
    titles = {one["name"]: localised(one["title"]) or one["name"] for one in subtasks}
    return [
        CaseRow(
            localised(run.titles) or run.name,
            titles.get(run.subtask, run.subtask),
            present_case(run.verdict, run.message.get("code", "") if run.message else ""),
            run.score,
            run.weight,
            run.wall_time_s,
            message_text(run.message) if run.message else "",
        )
        for run in runs
    ]


def _late(submission: Submission) -> str:
    if not submission.late_days:
        return ""
    told = [ngettext("%(num)d day late", "%(num)d days late", submission.late_days)]
    if submission.grace_days:
        told.append(ngettext("%(num)d grace day pays", "%(num)d grace days pay", submission.grace_days))
    if submission.late_factor < 1:
        percent = f"{submission.late_factor * 100:g}"
        told.append(gettext("its score counts %(percent)s %%", percent=percent))
    return " · ".join(map(str, told))


def _receipt(submission: Submission, judgement: Judgement) -> list[tuple[object, str]]:
    rows: list[tuple[object, str]] = [
        (gettext("SHA-256 of the upload"), submission.blob_sha256),
        (gettext("Version of the problem"), judgement.problem_version.version),
    ]
    if judgement.started_at and judgement.ended_at:
        waited = (judgement.started_at - judgement.queued_at).total_seconds()
        judged = (judgement.ended_at - judgement.started_at).total_seconds()
        rows.append((gettext("Waited"), f"{max(waited, 0.0):.2f} s"))
        rows.append((gettext("Judged in"), f"{max(judged, 0.0):.2f} s"))
    labels = {
        "scorer": gettext("Scorer"),
        "seed": gettext("Seed"),
        "image": gettext("Image"),
        "image_digest": gettext("Image digest"),
        "host": gettext("Host"),
        "device": gettext("Device"),
    }
    for key, label in labels.items():
        value = judgement.receipt.get(key)
        if isinstance(value, str | int) and value != "":
            rows.append((label, str(value)))
    return rows
