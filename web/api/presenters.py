"""From rows to what the API shows, inside an open session."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import url_for

from judge.models import (
    Account,
    Contest,
    Judgement,
    Metric,
    Phase,
    Problem,
    ProblemVersion,
    Run,
    Submission,
    Team,
)
from judge.services import problems, seating, submissions, visibility
from judge.services.rejudgings import history
from judge.services.submissions import Quota
from problems.kinds import CODELESS
from web.api import schemas
from web.api.exhibits import present_exhibits
from web.api.rejudgings_json import present_told
from web.context import runtime
from web.i18n import language, localised
from web.messages import message_text
from web.presenters.contests import contest_status, present_phase
from web.presenters.gpus import present_waiting
from web.presenters.problems import decimals_of, metric_label, spec_of

if TYPE_CHECKING:
    from judge.db.session import Session

PUBLIC = "public/"
SANDBOX_NAMES = ("name", "provider")


def present_account(account: Account, teams: Sequence[Team]) -> schemas.AccountOut:
    """Return an account with its teams."""
    return schemas.AccountOut(
        username=account.username,
        role=account.role,
        language=account.language,
        teams=[present_team(team) for team in teams],
    )


def present_team(team: Team) -> schemas.TeamOut:
    """Return a team."""
    return schemas.TeamOut(id=team.id, name=team.name, is_solo=team.solo_account_id is not None)


def present_problem(problem: Problem, version: ProblemVersion) -> schemas.ProblemOut:
    """Return a problem as a line of the list."""
    return schemas.ProblemOut(**_problem_fields(problem, version))


def present_problem_detail(problem: Problem, version: ProblemVersion) -> schemas.ProblemDetailOut:
    """Return a problem with its statement in the language asked for."""
    spec = spec_of(version)
    rules = spec["submission"]
    return schemas.ProblemDetailOut(
        **_problem_fields(problem, version),
        statement=problems.statement(version, runtime().blobs, language()),
        files=[
            schemas.FileOut(
                path=file.path.removeprefix(PUBLIC),
                size_bytes=file.size,
                sha256=file.sha256,
                url=url_for(
                    "api.download", slug=problem.slug, name=file.path.removeprefix(PUBLIC), _external=True
                ),
            )
            for file in problems.public_files(version)
        ],
        limits={name: value for name, value in _execute_limits(spec).items() if value is not None},
        gpu=spec.get("gpu"),
        prompt=_prompt(spec.get("prompt")),
        functions=list(rules.get("functions") or ()),
        builders=list(rules.get("builders") or ()),
        image="" if version.kind in CODELESS else str(spec.get("image", "")),
        feedback=str(spec.get("feedback", "verdict")),
        decimals=decimals_of(version),
        licence=str(spec.get("licence", "")),
    )


def _prompt(rules: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what a contestant of kind prompt needs; where the rows lie is not their affair."""
    told = ("gateway", "model", "fields", "parameters", "settable", "budget", "max_messages")
    return None if rules is None else {name: rules[name] for name in told}


def _execute_limits(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    limits: Mapping[str, Any] = (spec.get("limits") or {}).get("execute") or {}
    return limits


def _problem_fields(problem: Problem, version: ProblemVersion) -> dict[str, Any]:
    spec = spec_of(version)
    scoring = spec["scoring"]
    return {
        "slug": problem.slug,
        "name": localised(spec.get("names")) or problem.slug,
        "names": dict(spec.get("names") or {}),
        "summary": localised(spec.get("summary")),
        "kind": version.kind,
        "version": version.version,
        "tags": list(spec.get("tags") or ()),
        "formats": list(spec["submission"]["formats"]),
        "max_mib": float(spec["submission"]["max_mib"]),
        "metric": scoring["primary"],
        "metrics": [metric.get("label") or metric["name"] for metric in scoring["metrics"]],
        "urls": {
            "self": url_for("api.get_problem", slug=problem.slug, _external=True),
            "html": url_for("problems.show", slug=problem.slug, _external=True),
        },
    }


def present_contest(contest: Contest, *, now: datetime) -> schemas.ContestOut:
    """Return a contest as seen at `now`."""
    shown = [present_phase(phase, now=now) for phase in contest.phases]
    return schemas.ContestOut(
        slug=contest.slug,
        name=localised(contest.names) or contest.slug,
        names=dict(contest.names),
        summary=localised(contest.summaries),
        kind=contest.kind,
        status=contest_status(shown),
        phases=[present_api_phase(phase, now=now) for phase in contest.phases],
        problems=[_contest_problem(setting.problem) for setting in contest.problems],
        urls={
            "self": url_for("api.get_contest", slug=contest.slug, _external=True),
            "html": url_for("contests.show", slug=contest.slug, _external=True),
            "leaderboard": url_for("api.get_leaderboard", slug=contest.slug, _external=True),
        },
    )


def present_api_phase(phase: Phase, *, now: datetime) -> schemas.PhaseOut:
    """Return an interval of a contest."""
    return schemas.PhaseOut(
        position=phase.position,
        name=localised(phase.names),
        starts_at=phase.starts_at,
        ends_at=phase.ends_at,
        reveal_at=phase.reveal_at,
        quota_per_day=phase.quota_per_day,
        quota_total=phase.quota_total,
        quota_faults_per_day=phase.quota_faults_per_day,
        quota_concurrent=phase.quota_concurrent,
        quota_renews_h=phase.quota_renews_h,
        quota_zone=phase.quota_zone,
        late_until=phase.late_until,
        late_penalty_per_day=phase.late_penalty_per_day,
        grace_days=phase.grace_days,
        ladder=phase.ladder,
        ladder_step=phase.ladder_step,
        is_current=present_phase(phase, now=now).status in {"running", "late"},
    )


def _contest_problem(problem: Problem) -> schemas.ContestProblemOut:
    names = spec_of(problem.current_version).get("names")
    return schemas.ContestProblemOut(slug=problem.slug, name=localised(names) or problem.slug)


def present_submission(
    session: "Session",
    submission: Submission,
    *,
    viewer: Account,
    now: datetime,
    quota: Quota | None = None,
) -> schemas.SubmissionOut:
    """Return a submission with as much of its judgement as the problem lets contestants see."""
    judgement = submissions.current_judgement(session, submission)
    spec = spec_of(judgement.problem_version)
    feedback = spec.get("feedback", "verdict")
    seen = visibility.look(judgement, viewer=viewer, phase=submission.phase, now=now)
    return schemas.SubmissionOut(
        **_submission_fields(submission),
        **_progress_fields(session, judgement, now=now),
        score=seen.score,
        is_released_score=seen.is_released,
        **present_exhibits(submission.public_id, seen.exhibits),
        problem_version=judgement.problem_version.version,
        metric=str((spec.get("scoring") or {}).get("primary", "")),
        messages=[_message(message) for message in seen.messages],
        metrics=[_metric(metric) for metric in seen.metrics],
        cases=[_case(run) for run in seen.runs] if feedback in ("full", "cases") else [],
        usage=dict(seen.usage),
        stdout=judgement.stdout if feedback == "full" else "",
        stderr=judgement.stderr if feedback == "full" else "",
        sandbox=_sandbox(judgement.receipt),
        rejudged=[
            present_told(told) for told in history.list_applied(session, submission, viewer=viewer, now=now)
        ],
        quota=present_quota(quota) if quota else None,
    )


def _submission_fields(submission: Submission) -> dict[str, Any]:
    name = submission.public_id
    return {
        "id": name,
        "problem": submission.problem.slug,
        "contest": submission.phase.contest.slug,
        "phase": submission.phase.position,
        "team": present_team(submission.team),
        "filename": submission.filename,
        "format": submission.format,
        "size_bytes": submission.size_bytes,
        "sha256": submission.blob_sha256,
        "note": submission.note,
        "submitted_at": submission.submitted_at,
        "is_charged": submission.is_charged,
        "charge": submission.charge,
        "is_smoke": submission.is_smoke,
        "late": _late(submission),
        "urls": {
            "self": url_for("api.get_submission", public_id=name, _external=True),
            "html": url_for("submissions.show", public_id=name, _external=True),
            "file": url_for("api.get_submission_file", public_id=name, _external=True),
        },
    }


def _progress_fields(session: "Session", judgement: Judgement, *, now: datetime) -> dict[str, Any]:
    is_queued = judgement.state == "queued"
    line = present_waiting(seating.waiting_for(session, judgement, now=now))
    return {
        "state": judgement.state,
        "verdict": judgement.verdict,
        "queue_position": submissions.queue_position(session, judgement) if is_queued else None,
        "waiting_for": asdict(line) if line else None,
        "started_at": judgement.started_at,
        "ended_at": judgement.ended_at,
    }


def _late(submission: Submission) -> schemas.LateOut | None:
    if not submission.late_days:
        return None
    return schemas.LateOut(
        days=submission.late_days, grace_days=submission.grace_days, factor=submission.late_factor
    )


def present_quota(quota: Quota) -> schemas.QuotaOut:
    """Return what is used and allowed."""
    return schemas.QuotaOut(
        limit_per_day=quota.limit_per_day,
        used_today=quota.used_today,
        renews_at=quota.renews_at,
        limit_total=quota.limit_total,
        used_total=quota.used_total,
        limit_faults_per_day=quota.limit_faults_per_day,
        faults_today=quota.faults_today,
        limit_faults_total=quota.limit_faults_total,
        faults_total=quota.faults_total,
        limit_concurrent=quota.limit_concurrent,
    )


def _message(message: Mapping[str, Any]) -> schemas.MessageOut:
    params = message.get("params")
    return schemas.MessageOut(
        code=str(message.get("code", "")),
        text=message_text(message),
        params=dict(params) if isinstance(params, Mapping) else {},
    )


def _metric(metric: Metric) -> schemas.MetricOut:
    return schemas.MetricOut(
        key=metric.key,
        label=str(metric_label(metric.key)),
        split=metric.split,
        value=metric.value,
        higher_is_better=metric.higher_is_better,
        reason=metric.reason,
        interval=_interval(metric),
        no_interval=metric.no_interval,
    )


def _interval(metric: Metric) -> schemas.IntervalOut | None:
    if metric.low is None or metric.high is None or metric.std_error is None:
        return None
    return schemas.IntervalOut(low=metric.low, high=metric.high, std_error=metric.std_error)


def _case(run: Run) -> schemas.CaseOut:
    return schemas.CaseOut(
        name=run.name,
        title=localised(run.titles) or run.name,
        titles=dict(run.titles),
        subtask=run.subtask,
        split=run.split,
        verdict=run.verdict,
        score=run.score,
        weight=run.weight,
        wall_time_s=run.wall_time_s,
        message=_message(run.message) if run.message else None,
    )


def _sandbox(receipt: Mapping[str, Any]) -> schemas.SandboxOut | None:
    """Return where it ran; only what a contestant should know of the receipt leaves the judge."""
    report = receipt.get("sandbox")
    if not isinstance(report, Mapping):
        return None
    name = next((str(report[key]) for key in SANDBOX_NAMES if report.get(key)), "")
    weaknesses = report.get("weaknesses")
    return schemas.SandboxOut(
        name=name,
        is_weaker=bool(report.get("is_weaker")),
        weaknesses=[str(code) for code in weaknesses] if isinstance(weaknesses, list) else [],
    )
