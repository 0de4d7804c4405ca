"""A contest's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext
from wtforms.fields import SelectChoice

from judge.models import Account, Contest, Team
from judge.services import contests
from judge.services.access import runs_contest
from web.presenters.contests import ContestCard, present_contest_card
from web.presenters.problems import ProblemCard, present_problem_card

if TYPE_CHECKING:
    from judge.db.session import Session


@dataclass(frozen=True, slots=True)
class ContestPage:
    """All of a contest's page.

    Attributes:
        card: names, status, phases.
        problems: those set, in order; empty before the start.
        are_problems_hidden: whether they will show only at the start.
        is_published: False while only its owner sees it.
    """

    card: ContestCard
    problems: list[ProblemCard]
    are_problems_hidden: bool
    is_published: bool


def present_contest(contest: Contest, *, viewer: Account | None, now: datetime) -> ContestPage:
    """Return a contest's page; problems stay secret until the first phase starts."""
    card = present_contest_card(contest, now=now)
    is_hidden = card.chip.code == "upcoming" and not runs_contest(viewer, contest)
    cards = [] if is_hidden else [present_problem_card(setting.problem) for setting in contest.problems]
    return ContestPage(card, cards, is_hidden, contest.is_published)


@dataclass(frozen=True, slots=True)
class Part:
    """The viewer's own part: through which team, whether it has withdrawn, whether it may."""

    name: str
    is_out: bool
    may_withdraw: bool


def entered_team(session: "Session", contest: Contest, account: Account) -> Part | None:
    """Return the team through which the account takes part, or None."""
    team = contests.find_entered_team(session, contest, account)
    if team is None:
        return None
    entry = contests.find_entry(session, contest, team)
    is_out = entry is not None and (entry.disqualified_at or entry.withdrawn_at) is not None
    is_captain = any(one.is_captain for one in team.members if one.account_id == account.id)
    may_withdraw = not is_out and (is_captain or team.solo_account_id == account.id)
    return Part(team.name, is_out, may_withdraw)


def present_team_choices(teams: Sequence[Team]) -> list[SelectChoice]:
    """Return the own teams for a select."""
    return [SelectChoice(str(team.id), team_label(team)) for team in teams]


def team_label(team: Team) -> str:
    """Return a team's name, marked when it is the account alone."""
    return gettext("%(name)s (just me)", name=team.name) if team.solo_account_id else team.name
