"""Two teams of a contest become one: what either handed in there counts for both."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from judge.errors import Conflict, InvalidInput
from judge.models import Account, Contest, Entry, EntryMember, Submission, Team, TeamMember, TrackEntry
from judge.models.words import EntryKind
from judge.services import audit, entries, ladders
from judge.services.access import require_runs_contest
from judge.services.boards.locks import hold_teams
from judge.services.teams import MAX_MEMBERS, add_team


def merge(
    session: Session,
    contest: Contest,
    *,
    into_id: int,
    from_id: int,
    name: str = "",
    actor: Account,
    now: datetime,
) -> Team:
    """Move a team's members and submissions in a contest to another team; the boards follow at once.

    A team of one cannot take anybody in: then both move to a new team, called `name`. What the teams handed
    in elsewhere stays theirs.

    Raises:
        NotFound, PermissionDenied: a team does not take part, or `actor` does not run the contest.
        InvalidInput: the same team twice, or a new team without a good name.
        Conflict: `results-final`, `merge-out` (disqualified, withdrawn or a baseline), `team-full`,
            `team-name-taken`.
    """
    require_runs_contest(actor, contest)
    if into_id == from_id:
        raise InvalidInput(fields={"from": "Name two different teams."})
    phases = entries.share_phases(session, contest)
    hold_teams(session, [into_id, from_id])
    into, other = (entries.get_entry(session, contest, number) for number in (into_id, from_id))
    _check(session, into, other)
    merged, n_moved = into.team, 0
    if into.team.solo_account_id is not None:
        merged = add_team(session, name=name, now=now)
        n_moved += _move(session, contest, into, merged, now)
    n_moved += _move(session, contest, other, merged, now)
    for phase in phases:
        ladders.refold(session, phase, merged.id)
    entries.refresh_teams(session, phases, {into_id, from_id, merged.id})
    audit.record(
        session,
        actor=actor,
        action="teams.merged",
        subject=f"contest:{contest.slug}",
        into_id=into_id,
        from_id=from_id,
        team_id=merged.id,
        n_submissions=n_moved,
    )
    return merged


def _check(session: Session, into: Entry, other: Entry) -> None:
    for entry in (into, other):
        session.refresh(entry)
        is_out = entry.disqualified_at is not None or entry.withdrawn_at is not None
        if is_out or entry.kind == EntryKind.BASELINE:
            raise Conflict("Only teams that compete can be merged.", code="merge-out")
    members = select(func.count()).select_from(TeamMember)
    n_members = session.scalar(members.where(TeamMember.team_id.in_([into.team_id, other.team_id]))) or 0
    if n_members > MAX_MEMBERS:
        raise Conflict("A team has at most {limit} members.", code="team-full", params={"limit": MAX_MEMBERS})


def _move(session: Session, contest: Contest, entry: Entry, team: Team, now: datetime) -> int:
    """Move one entry's members and submissions; returns how many submissions."""
    accounts = session.scalars(select(EntryMember.account_id).where(EntryMember.entry_id == entry.id)).all()
    target = session.scalar(select(Entry).where(Entry.contest_id == contest.id, Entry.team_id == team.id))
    if target is None:
        target = Entry(contest_id=contest.id, team_id=team.id, entered_at=entry.entered_at)
        session.add(target)
        session.flush()
        moved_tracks = update(TrackEntry).where(TrackEntry.entry_id == entry.id).values(entry_id=target.id)
        session.execute(moved_tracks)
    session.execute(update(EntryMember).where(EntryMember.entry_id == entry.id).values(entry_id=target.id))
    session.execute(delete(TrackEntry).where(TrackEntry.entry_id == entry.id))
    session.delete(entry)
    _add_members(session, team, accounts, now)
    phase_ids = [phase.id for phase in contest.phases]
    result = session.execute(
        update(Submission)
        .where(Submission.team_id == entry.team_id, Submission.phase_id.in_(phase_ids))
        .values(team_id=team.id)
    )
    session.flush()
    return int(getattr(result, "rowcount", 0))


def _add_members(session: Session, team: Team, account_ids: Sequence[int], now: datetime) -> None:
    known = set(session.scalars(select(TeamMember.account_id).where(TeamMember.team_id == team.id)))
    for account_id in account_ids:
        if account_id not in known:
            session.add(
                TeamMember(team_id=team.id, account_id=account_id, is_captain=not known, joined_at=now)
            )
            known.add(account_id)
    session.flush()
