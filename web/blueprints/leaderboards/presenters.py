"""The ranking of one problem in one contest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from judge.models import Contest, Phase, Problem
from judge.models.words import Policy
from judge.services.leaderboards import LeaderboardPage
from web.blueprints.leaderboards.tabs import Choice, Tab, Way, problem_tabs, split_tabs, track_tabs, way
from web.presenters.contests import ContestCard, present_contest_card
from web.presenters.problems import decimals_of, metric_label, present_problem_card, spec_of

ENDPOINT = "leaderboards.show"


@dataclass(frozen=True, slots=True)
class RankRow:
    """One line of the ranking; escape the name.

    Attributes:
        rank: place; equal scores in order of time. None for a baseline, and for scores of an earlier metric.
        medal: `1`, `2`, `3` or empty.
        team_name: who.
        is_own: whether the viewer is in that team.
        is_baseline: the organizer's reference.
        score: deciding metric.
        columns: further metrics, in the order of the head.
        n_submissions: how often the team tried.
        submitted_at: when the best one was handed in.
        url: of the submission, when the viewer may see it.
        interval: the score's confidence interval, or None.
        tied: first and last rank of the teams that cannot be told apart from it, or None.
    """

    rank: int | None
    medal: str
    team_name: str
    is_own: bool
    is_baseline: bool
    score: float | None
    columns: list[float | None]
    n_submissions: int
    submitted_at: datetime
    url: str
    interval: tuple[float, float] | None
    tied: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class RankingPage:
    """All of a leaderboard's page."""

    contest: ContestCard
    is_practice: bool
    problem_slug: str
    problem_name: str
    tabs: list[list[Tab]]
    metric: object
    direction: str
    columns: list[object]
    decimals: int
    rows: list[RankRow]
    n_teams: int
    split: str
    explanation: object
    is_frozen: bool
    is_final: bool
    has_ladder: bool
    has_ties: bool
    has_intervals: bool
    way: Way


def present_ranking(
    contest: Contest,
    problem: Problem,
    phase: Phase,
    page: LeaderboardPage,
    choice: Choice,
    *,
    now: datetime,
) -> RankingPage:
    """Return a leaderboard's page.

    Args:
        contest: where.
        problem: of which.
        phase: in which phase.
        page: the rows in order.
        choice: what part of the board they are.
        now: the present instant.
    """
    spec = spec_of(problem.current_version)
    keys = [key for key in (spec.get("leaderboard") or {}).get("columns") or () if key != page.metric_key]
    place = {"slug": contest.slug, "problem": problem.slug}
    return RankingPage(
        contest=present_contest_card(contest, now=now),
        is_practice=contest.slug == "practice",
        problem_slug=problem.slug,
        problem_name=present_problem_card(problem).name,
        tabs=[
            problem_tabs(contest, problem),
            split_tabs(ENDPOINT, place, choice),
            track_tabs(ENDPOINT, place, choice),
        ],
        metric=metric_label(page.metric_key),
        direction=gettext("higher is better") if page.higher_is_better else gettext("lower is better"),
        columns=[metric_label(key) for key in keys],
        decimals=decimals_of(problem.current_version),
        rows=_rows(page, keys),
        n_teams=page.n_teams,
        split=page.split,
        explanation=_explanation(phase),
        is_frozen=page.is_frozen,
        is_final=page.is_final,
        has_ladder=page.has_ladder,
        has_ties=any(row.tied for row in page.rows),
        has_intervals=any(row.interval for row in page.rows),
        way=way(ENDPOINT, place, choice, page.n_rows, page.own),
    )


def _rows(page: LeaderboardPage, keys: Sequence[str]) -> list[RankRow]:
    return [
        RankRow(
            rank=row.rank,
            medal=str(row.rank) if row.rank is not None and row.rank <= 3 else "",
            team_name=row.team_name,
            is_own=row.is_own,
            is_baseline=row.is_baseline,
            score=row.score,
            columns=[row.metrics.get(key) for key in keys],
            n_submissions=row.n_submissions,
            submitted_at=row.submitted_at,
            url=(
                url_for("submissions.show", public_id=row.submission_public_id)
                if row.submission_public_id
                else ""
            ),
            interval=row.interval,
            tied=row.tied,
        )
        for row in page.rows
    ]


def _explanation(phase: Phase) -> object:
    if phase.policy == Policy.LAST:
        return gettext("Each team's last submission counts. Equal scores: the earlier one ranks higher.")
    if phase.policy == Policy.SELECTED:
        return gettext(
            "At the end the best of each team's %(n)d chosen submissions counts, or of its best ones if it "
            "chose none.",
            n=phase.n_selected,
        )
    return gettext("Each team's best counts. Equal scores: the earlier one ranks higher.")
