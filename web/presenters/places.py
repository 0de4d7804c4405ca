"""Where a problem can be handed in: the contests that set it, and whether they are open."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for

from judge.errors import NotFound
from judge.models import Account, Contest, Problem
from judge.services import contests
from web.presenters.contests import PRACTICE, ContestCard, present_contest_card

if TYPE_CHECKING:
    from judge.db.session import Session


@dataclass(frozen=True, slots=True)
class Place:
    """One contest that sets the problem.

    Attributes:
        contest: its card.
        is_practice: whether it is the practice track.
        is_chosen: whether the page speaks of this one.
        submit_url: the form.
        leaderboard_url: the ranking of this problem there.
        contest_url: its page.
    """

    contest: ContestCard
    is_practice: bool
    is_chosen: bool
    submit_url: str
    leaderboard_url: str
    contest_url: str


@dataclass(frozen=True, slots=True)
class Places:
    """All of them, and the one the page speaks of."""

    all: list[Place]
    chosen: Place | None


def places_of(
    session: "Session", problem: Problem, *, viewer: Account | None, wanted: str | None, now: datetime
) -> Places:
    """Return where `problem` is set.

    Args:
        session: open session.
        problem: which is set somewhere.
        viewer: sees their own unpublished contests too.
        wanted: slug asked for, if any; else an open place is chosen, the practice track last.
        now: the present instant.
    """
    listed = [*_practice(session), *contests.list_contests(session, now=now, viewer=viewer)]
    cards = [
        present_contest_card(contest, now=now)
        for contest in listed
        if any(setting.problem_id == problem.id for setting in contest.problems)
    ]
    cards.sort(key=lambda card: (card.slug != wanted, not card.is_running, card.slug == PRACTICE))
    places = [_place(card, problem.slug, is_chosen=index == 0) for index, card in enumerate(cards)]
    return Places(places, places[0] if places else None)


def _place(card: ContestCard, slug: str, *, is_chosen: bool) -> Place:
    is_practice = card.slug == PRACTICE
    return Place(
        contest=card,
        is_practice=is_practice,
        is_chosen=is_chosen,
        submit_url=url_for("submissions.submit", slug=slug, contest=card.slug),
        leaderboard_url=url_for("leaderboards.show", slug=card.slug, problem=slug),
        contest_url=url_for("problems.index") if is_practice else url_for("contests.show", slug=card.slug),
    )


def _practice(session: "Session") -> list[Contest]:
    """Return the practice track, which lists of contests leave out; nothing before the first problem."""
    try:
        return [contests.get_contest(session, PRACTICE, viewer=None)]
    except NotFound:
        return []
