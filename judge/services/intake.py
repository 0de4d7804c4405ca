"""Takes a submission in: cheap checks, then the bytes, then one transaction, then the doorbell.

The deadline is the instant of the transaction: an upload counts when all of it is here. The quota is
exact because the transaction holds the team's row while it counts (SQLite: the write lock).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import InvalidInput
from judge.models import (
    Account,
    IdempotencyKey,
    Judgement,
    Submission,
    Team,
)
from judge.models.words import Charge, State
from judge.runtime import Runtime
from judge.services import audit, contests, images, problems, uploads
from judge.services.aiming import Aim, take_aim
from judge.services.lateness import IN_TIME, lateness_of
from judge.services.quota import quota_left, require_quota, require_smoke_test
from judge.storage import Staged

logger = structlog.get_logger(__name__)

MIB = 1024 * 1024
KEY_LIFE = timedelta(hours=24)
MAX_NOTE = 200


@dataclass(frozen=True, slots=True)
class _Described:
    """What is known of an upload beside its bytes."""

    name: str
    format: str
    note: str
    is_smoke: bool


def receive(  # noqa: PLR0913 - the form's fields, all keyword-only
    runtime: Runtime,
    *,
    account: Account,
    problem_slug: str,
    contest_slug: str | None = None,
    team_id: int | None = None,
    filename: str,
    chunks: Iterable[bytes],
    format: str | None = None,
    note: str = "",
    idempotency_key: str | None = None,
    is_smoke: bool = False,
) -> Submission:
    """Take a submission in and ring for a worker.

    Args:
        runtime: open parts.
        account: who hands in.
        problem_slug: to which problem.
        contest_slug: in which contest; None: see `aiming.find_contest`.
        team_id: for which team; None means the one that entered, else the solo team.
        filename: as the contestant calls it.
        chunks: the bytes; read once, and only after the cheap checks passed.
        format: declared; None goes by the file's name.
        note: the contestant's own remark.
        idempotency_key: the same key within 24 h returns the first submission.
        is_smoke: judge it on the sample alone: no quota, no rank.

    Returns:
        The submission, with its queued judgement loaded.

    Raises:
        NotFound, PhaseClosed, PermissionDenied, Conflict, QuotaExceeded, InvalidInput: before a byte is
            read.
        UploadRejected, PayloadTooLarge: the file; nothing of it is kept.
    """
    key = _checked_key(idempotency_key)
    name = uploads.safe_name(filename)
    note = _checked_note(note)
    with runtime.database.read() as session:
        if key and (known := _find_known(session, account, key)):
            return known
        aim = take_aim(session, account, problem_slug, contest_slug, team_id)
        _require_room(session, aim, is_smoke=is_smoke, now=utc_now())
        spec = problems.spec_of(problems.current_version(aim.problem))
    file_format = uploads.resolve_format(spec, name, format)
    with runtime.database.read() as session:
        images.require_language(session, spec, file_format, now=utc_now())
    max_bytes = int(min(spec.submission.max_mib, runtime.settings.max_upload_mib) * MIB)
    with runtime.blobs.stage(chunks, max_bytes=max_bytes) as staged:
        uploads.check_file(staged.path, file_format)
        with runtime.database.transaction() as session:
            aim = take_aim(session, account, problem_slug, contest_slug, team_id)
            _hold_team(session, aim.team)
            if key and (known := _find_known(session, account, key)):
                return known
            _enter_if_open(session, account, aim)
            described = _Described(name, file_format, note, is_smoke)
            submission = _insert(session, account, aim, staged, described)
            if key:
                _remember(session, account, key, submission)
            # Last, so that a refused upload never becomes a blob; before commit, so no row lacks one.
            runtime.blobs.keep(staged)
    judgement = submission.judgements[-1]
    runtime.events.publish(submission.public_id, {"state": judgement.state})
    runtime.dispatcher.ring(judgement.id, judgement.problem_version.gpu_need)
    logger.info("submission_received", submission_id=submission.id, judgement_id=judgement.id)
    return submission


def _hold_team(session: Session, team: Team) -> None:
    """Make everything after this see, and count, all that other submissions of the team committed."""
    session.execute(select(Team.id).where(Team.id == team.id).with_for_update())


def _enter_if_open(session: Session, account: Account, aim: Aim) -> None:
    """Let a first submission enter the team."""
    contests.enter(session, aim.phase.contest, aim.team, account=account, now=utc_now())


def _require_room(session: Session, aim: Aim, *, is_smoke: bool, now: datetime) -> None:
    """Pass when the team may hand in one more.

    Raises:
        QuotaExceeded: it may not now.
        InvalidInput: `no-sample`: the problem has nothing for a smoke test.
    """
    if is_smoke:
        require_smoke_test(session, phase=aim.phase, problem=aim.problem, team=aim.team)
    else:
        require_quota(quota_left(session, phase=aim.phase, problem=aim.problem, team=aim.team, now=now))


def _insert(
    session: Session, account: Account, aim: Aim, staged: Staged, described: _Described
) -> Submission:
    now = utc_now()
    # Looked up again: the clock may have passed the deadline while we waited for the lock.
    phase = contests.open_phase(aim.phase.contest, now=now)
    _require_room(session, replace(aim, phase=phase), is_smoke=described.is_smoke, now=now)
    version = problems.current_version(aim.problem)
    late = IN_TIME if described.is_smoke else lateness_of(session, phase, aim.problem, aim.team, now)
    submission = Submission(
        public_id=secrets.token_hex(13),
        phase=phase,
        problem=aim.problem,
        team=aim.team,
        account_id=account.id,
        filename=described.name,
        format=described.format,
        blob_sha256=staged.sha256,
        size_bytes=staged.size,
        note=described.note,
        submitted_at=now,
        is_smoke=described.is_smoke,
        charge=Charge.NONE if described.is_smoke else Charge.QUOTA,
        late_days=late.days,
        grace_days=late.grace_days,
        late_factor=late.factor,
    )
    submission.judgements.append(
        Judgement(
            problem_version_id=version.id, is_current=True, state=State.QUEUED, queued_at=now, rung_at=now
        )
    )
    session.add(submission)
    session.flush()
    audit.record(
        session,
        actor=account,
        action="submission.received",
        subject=f"submission:{submission.public_id}",
        sha256=staged.sha256,
        size_bytes=staged.size,
    )
    session.flush()
    return _loaded(session, submission)


def _checked_key(key: str | None) -> str | None:
    if key is None:
        return None
    if not 1 <= len(key) <= 100 or not key.isascii() or not key.isprintable():
        raise InvalidInput(
            "An Idempotency-Key has 1 to 100 printable ASCII characters.", code="bad-idempotency-key"
        )
    return key


def _checked_note(note: str) -> str:
    note = note.strip()
    if len(note) > MAX_NOTE or any(ord(char) < 32 or ord(char) == 127 for char in note):
        raise InvalidInput(fields={"note": "Write at most 200 characters on one line."})
    return note


def _find_known(session: Session, account: Account, key: str) -> Submission | None:
    known = session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.account_id == account.id,
            IdempotencyKey.key == key,
            IdempotencyKey.created_at > utc_now() - KEY_LIFE,
        )
    )
    if known is None:
        return None
    return _loaded(session, known.submission)


def _loaded(session: Session, submission: Submission) -> Submission:
    """Load what callers read after the session is closed."""
    session.refresh(submission)
    for judgement in submission.judgements:
        session.refresh(judgement)
        session.refresh(judgement, ["metrics", "runs", "problem_version"])
    session.refresh(submission, ["phase", "problem", "team", "account"])
    session.refresh(submission.phase, ["contest"])
    return submission


def _remember(session: Session, account: Account, key: str, submission: Submission) -> None:
    session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.account_id == account.id, IdempotencyKey.key == key)
    )
    session.add(
        IdempotencyKey(account_id=account.id, key=key, submission_id=submission.id, created_at=utc_now())
    )
