"""Teams: made by a captain, joined by a code."""

import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, NotFound
from judge.models import Account, Entry, Team, TeamMember
from judge.services import audit

MAX_MEMBERS = 10
_BIDI_AND_FORMAT = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def create_team(session: Session, account: Account, *, name: str) -> Team:
    """Make a team with `account` as its captain.

    Raises:
        InvalidInput: the name is empty, too long or holds invisible characters.
        Conflict: `team-name-taken`.
    """
    now = utc_now()
    team = add_team(session, name=name, now=now)
    session.add(TeamMember(team_id=team.id, account_id=account.id, is_captain=True, joined_at=now))
    session.flush()
    audit.record(session, actor=account, action="team.created", subject=f"team:{team.id}")
    return team


def add_team(session: Session, *, name: str, now: datetime) -> Team:
    """Make a team that nobody is in yet.

    Raises:
        InvalidInput, Conflict: see `create_team`.
    """
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 2 <= len(name) <= 60 or any(unicodedata.category(char) in _BIDI_AND_FORMAT for char in name):
        raise InvalidInput(fields={"name": "Give the team a name of 2 to 60 visible characters."})
    team = Team(name=name, name_key=name.casefold(), join_code=secrets.token_urlsafe(12), created_at=now)
    try:
        with session.begin_nested():
            session.add(team)
    except IntegrityError as error:
        raise Conflict("A team or person of this name already exists.", code="team-name-taken") from error
    return team


def join_team(session: Session, account: Account, *, join_code: str) -> Team:
    """Become a member by the captain's code.

    Raises:
        NotFound: no team has this code.
        Conflict: `already-member`, `team-full`, or `team-entered` once it takes part in a contest.
    """
    team = session.scalar(select(Team).where(Team.join_code == join_code.strip()).with_for_update())
    if team is None or not join_code.strip():
        raise NotFound("No team has this code. Ask the captain for it again.", code="join-code-unknown")
    members = session.scalars(select(TeamMember).where(TeamMember.team_id == team.id)).all()
    if any(member.account_id == account.id for member in members):
        raise Conflict("You are already a member of this team.", code="already-member")
    if len(members) >= MAX_MEMBERS:
        raise Conflict(
            "This team already has {limit} members.", code="team-full", params={"limit": MAX_MEMBERS}
        )
    if _has_entered(session, team.id):
        raise Conflict(
            "This team already takes part in a contest; its members are fixed.", code="team-entered"
        )
    session.add(TeamMember(team_id=team.id, account_id=account.id, joined_at=utc_now()))
    audit.record(session, actor=account, action="team.joined", subject=f"team:{team.id}")
    session.flush()
    return team


def leave_team(session: Session, account: Account, team_id: int) -> None:
    """Stop being a member.

    Raises:
        NotFound: not a member, or it is the solo team.
        Conflict: `team-entered` once it takes part in a contest.
    """
    member = session.scalar(
        select(TeamMember).where(TeamMember.team_id == team_id, TeamMember.account_id == account.id)
    )
    if member is None or member.team.solo_account_id is not None:
        raise NotFound(code="team-not-found")
    if _has_entered(session, team_id):
        raise Conflict(
            "This team already takes part in a contest; its members are fixed.", code="team-entered"
        )
    session.delete(member)
    session.flush()
    heir = session.scalar(select(TeamMember).where(TeamMember.team_id == team_id).order_by(TeamMember.id))
    if member.is_captain and heir is not None:
        heir.is_captain = True
    audit.record(session, actor=account, action="team.left", subject=f"team:{team_id}")


def list_teams(session: Session, account: Account) -> list[Team]:
    """List the account's teams, the solo one first."""
    return list(
        session.scalars(
            select(Team)
            .join(TeamMember)
            .where(TeamMember.account_id == account.id)
            .order_by(Team.solo_account_id.is_(None), Team.id)
        )
    )


def solo_team(session: Session, account: Account) -> Team:
    """Return the account's own team of one."""
    return session.scalars(select(Team).where(Team.solo_account_id == account.id)).one()


def get_own_team(session: Session, account: Account, team_id: int) -> Team:
    """Return a team that `account` is a member of.

    Raises:
        NotFound: it is not there, or the account is not a member.
    """
    team = session.scalar(
        select(Team).join(TeamMember).where(Team.id == team_id, TeamMember.account_id == account.id)
    )
    if team is None:
        raise NotFound("You have no such team.", code="team-not-found")
    return team


def _has_entered(session: Session, team_id: int) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Entry).where(Entry.team_id == team_id)))
