"""Who takes part how: withdrawn, disqualified, a baseline, in tracks. The boards follow at once."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from judge.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from judge.models import Account, Contest, Entry, Phase, Team, TeamMember, Track, TrackEntry
from judge.models.words import EntryKind
from judge.services import audit, ladders
from judge.services.access import require_runs_contest, runs_contest
from judge.services.boards.conducting import require_not_final
from judge.services.boards.locks import hold_teams, share_phase
from judge.services.boards.rebuilding import rebuild_batch
from judge.services.boards.sizes import hold_sizes

MAX_TRACKS = 20
MAX_REASON = 300


def get_entry(session: Session, contest: Contest, team_id: int) -> Entry:
    """Return a team's registration.

    Raises:
        NotFound: it does not take part.
    """
    entry = session.scalar(select(Entry).where(Entry.contest_id == contest.id, Entry.team_id == team_id))
    if entry is None:
        raise NotFound("This team does not take part in the contest.", code="entry-not-found")
    return entry


def get_visible_entry(session: Session, contest: Contest, team_id: int, *, viewer: Account) -> Entry:
    """Return a registration that `viewer` may see: of a team of theirs, or of a contest they run.

    Raises:
        NotFound: it does not take part, or that is not theirs to know.
    """
    entry = get_entry(session, contest, team_id)
    is_member = session.scalar(
        select(TeamMember.id).where(TeamMember.team_id == team_id, TeamMember.account_id == viewer.id)
    )
    if is_member is None and not runs_contest(viewer, contest):
        raise NotFound("This team does not take part in the contest.", code="entry-not-found")
    return entry


def list_entries(session: Session, contest: Contest, *, after_id: int = 0, limit: int = 100) -> list[Entry]:
    """List who takes part, in the order of entering."""
    return list(
        session.scalars(
            select(Entry)
            .where(Entry.contest_id == contest.id, Entry.id > after_id)
            .order_by(Entry.id)
            .limit(limit)
        )
    )


def count_entries(session: Session, contest: Contest) -> int:
    """Count who takes part."""
    query = select(func.count()).select_from(Entry).where(Entry.contest_id == contest.id)
    return session.scalar(query) or 0


def disqualify(
    session: Session, contest: Contest, team_id: int, *, actor: Account, now: datetime, reason: str
) -> Entry:
    """Take a team off all boards and let it hand in no more. Its submissions stay on record.

    Raises:
        NotFound, PermissionDenied: no such entry, or `actor` does not run the contest.
        InvalidInput: no reason is given.
        Conflict: `already-disqualified` or `results-final`.
    """
    require_runs_contest(actor, contest)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidInput(
            fields={"reason": "Give a reason of 1 to {limit} characters."}, params={"limit": MAX_REASON}
        )
    entry = _hold(session, contest, team_id)
    if entry.disqualified_at is not None:
        raise Conflict("This team is disqualified already.", code="already-disqualified")
    entry.disqualified_at = now
    return _changed(session, contest, entry, actor, "entry.disqualified", reason=reason.strip())


def reinstate(session: Session, contest: Contest, team_id: int, *, actor: Account) -> Entry:
    """Take a disqualification or a withdrawal back: the team is on the boards as if it had never been off.

    Raises:
        NotFound, PermissionDenied: no such entry, or `actor` does not run the contest.
        Conflict: `not-out` or `results-final`.
    """
    require_runs_contest(actor, contest)
    entry = _hold(session, contest, team_id)
    if entry.disqualified_at is None and entry.withdrawn_at is None:
        raise Conflict("This team is on the boards.", code="not-out")
    entry.disqualified_at = entry.withdrawn_at = None
    return _changed(session, contest, entry, actor, "entry.reinstated")


def withdraw(session: Session, contest: Contest, team_id: int, *, actor: Account, now: datetime) -> Entry:
    """Leave a contest: off all boards, no more submissions. Only who runs the contest can take it back.

    Raises:
        NotFound: no such entry.
        PermissionDenied: `actor` is neither the team's captain nor runs the contest.
        Conflict: `already-withdrawn` or `results-final`.
    """
    if not (runs_contest(actor, contest) or _is_captain(session, actor, team_id)):
        raise PermissionDenied("Only the team's captain can withdraw it.", code="captains-only")
    entry = _hold(session, contest, team_id)
    if entry.withdrawn_at is not None:
        raise Conflict("This team has withdrawn already.", code="already-withdrawn")
    entry.withdrawn_at = now
    return _changed(session, contest, entry, actor, "entry.withdrawn")


def set_kind(session: Session, contest: Contest, team_id: int, kind: EntryKind, *, actor: Account) -> Entry:
    """Make a team a baseline, shown at its place without a rank, or one that competes.

    Raises:
        NotFound, PermissionDenied: no such entry, or `actor` does not run the contest.
        Conflict: `results-final`.
    """
    require_runs_contest(actor, contest)
    entry = _hold(session, contest, team_id)
    entry.kind = kind
    return _changed(session, contest, entry, actor, "entry.kind-set", kind=kind.value)


def set_tracks(
    session: Session, contest: Contest, team_id: int, slugs: Collection[str], *, actor: Account
) -> Entry:
    """Say in which tracks a team is ranked, beside the overall ranking.

    Raises:
        NotFound, PermissionDenied: no such entry or track, or `actor` does not run the contest.
        Conflict: `results-final`.
    """
    require_runs_contest(actor, contest)
    tracks = {track.slug: track for track in list_tracks(session, contest)}
    if not tracks.keys() >= set(slugs):
        raise NotFound("This contest has no such track.", code="track-not-found")
    entry = _hold(session, contest, team_id)
    session.execute(delete(TrackEntry).where(TrackEntry.entry_id == entry.id))
    session.add_all(TrackEntry(entry_id=entry.id, track_id=tracks[slug].id) for slug in sorted(set(slugs)))
    return _changed(session, contest, entry, actor, "entry.tracks-set", tracks=sorted(set(slugs)))


def list_tracks(session: Session, contest: Contest) -> list[Track]:
    """List a contest's tracks, oldest first."""
    return list(session.scalars(select(Track).where(Track.contest_id == contest.id).order_by(Track.id)))


def tracks_of(session: Session, entries: Collection[Entry]) -> dict[int, list[str]]:
    """Return the slugs of the tracks of entries, by entry id."""
    found: dict[int, list[str]] = {}
    for entry_id, slug in session.execute(
        select(TrackEntry.entry_id, Track.slug)
        .join(Track, Track.id == TrackEntry.track_id)
        .where(TrackEntry.entry_id.in_([entry.id for entry in entries]))
        .order_by(Track.id)
    ):
        found.setdefault(entry_id, []).append(slug)
    return found


def create_track(
    session: Session,
    contest: Contest,
    *,
    slug: str,
    names: Mapping[str, str],
    eligibility: Mapping[str, str],
    actor: Account,
) -> Track:
    """Make a parallel ranking; teams are put into it one by one.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        InvalidInput: a bad name, or too many tracks.
        Conflict: `track-slug-taken`.
    """
    require_runs_contest(actor, contest)
    if not (1 <= len(slug) <= 50 and slug.isascii() and slug.replace("-", "").isalnum() and slug.islower()):
        raise InvalidInput(fields={"slug": "Use 1 to 50 lower-case letters, digits and hyphens."})
    if not names.get("en", "").strip() or not names.get("zh", "").strip():
        raise InvalidInput(fields={"names": "Give a name in English and in Chinese."})
    tracks = list_tracks(session, contest)
    if len(tracks) >= MAX_TRACKS:
        raise InvalidInput(
            fields={"slug": "A contest has at most {limit} tracks."}, params={"limit": MAX_TRACKS}
        )
    if slug in {track.slug for track in tracks}:
        raise Conflict("This contest has a track of this name already.", code="track-slug-taken")
    track = Track(contest_id=contest.id, slug=slug, names=dict(names), eligibility=dict(eligibility))
    session.add(track)
    session.flush()
    subject = f"contest:{contest.slug}"
    audit.record(session, actor=actor, action="track.created", subject=subject, track=slug)
    return track


def share_phases(session: Session, contest: Contest) -> list[Phase]:
    """Return the contest's phases, whose rules stay as they are, if their results may change.

    Raises:
        Conflict: `results-final`.
    """
    phases = [share_phase(session, phase.id) for phase in sorted(contest.phases, key=lambda one: one.id)]
    for phase in phases:
        require_not_final(phase)
    return phases


def refresh_teams(session: Session, phases: Collection[Phase], team_ids: Collection[int]) -> None:
    """Compute anew what ladders released to teams and their lines, in all phases of a contest."""
    for phase in phases:
        hold_sizes(session, phase)
    for phase in phases:
        for team_id in sorted(team_ids):
            for setting in phase.contest.problems:
                ladders.release(session, phase, problem_id=setting.problem_id, team_id=team_id)
            rebuild_batch(session, phase.id, [team_id])


def _hold(session: Session, contest: Contest, team_id: int) -> Entry:
    """Return an entry to be changed, with the team held; after the phases, as everybody does."""
    share_phases(session, contest)
    hold_teams(session, [team_id])
    entry = get_entry(session, contest, team_id)
    session.refresh(entry)
    return entry


def _changed(
    session: Session, contest: Contest, entry: Entry, actor: Account, action: str, **facts: object
) -> Entry:
    session.flush()
    refresh_teams(session, contest.phases, [entry.team_id])
    subject = f"contest:{contest.slug}"
    audit.record(session, actor=actor, action=action, subject=subject, team_id=entry.team_id, **facts)
    return entry


def _is_captain(session: Session, account: Account, team_id: int) -> bool:
    team = session.get(Team, team_id)
    if team is not None and team.solo_account_id == account.id:
        return True
    return bool(
        session.scalar(
            select(TeamMember.is_captain).where(
                TeamMember.team_id == team_id, TeamMember.account_id == account.id
            )
        )
    )
