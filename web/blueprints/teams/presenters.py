"""Teams as their members see them."""

from dataclasses import dataclass

from judge.models import Account, Team


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member of a team; escape the name."""

    username: str
    is_captain: bool
    is_self: bool


@dataclass(frozen=True, slots=True)
class TeamCard:
    """One of the own teams.

    Attributes:
        team_id: key.
        name: escape it.
        is_solo: whether it is the one every account has.
        join_code: lets others in; empty for solo teams.
        members: everybody in it.
    """

    team_id: int
    name: str
    is_solo: bool
    join_code: str
    members: list[MemberRow]


def present_team(team: Team, account: Account) -> TeamCard:
    """Return a team as `account`, a member, sees it."""
    members = [
        MemberRow(member.account.username, member.is_captain, member.account_id == account.id)
        for member in sorted(team.members, key=lambda member: (not member.is_captain, member.joined_at))
    ]
    return TeamCard(team.id, team.name, team.solo_account_id is not None, team.join_code or "", members)
