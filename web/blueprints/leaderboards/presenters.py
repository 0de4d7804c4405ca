"""The ranking of one problem in one contest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from judge.models import Contest, Problem
from judge.services.leaderboards import LeaderboardPage
from web.presenters.contests import ContestCard, present_contest_card
from web.presenters.problems import decimals_of, metric_label, present_problem_card, spec_of

PAGE_SIZE = 100


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
class Tab:
    """A choice above the table."""

    title: str
    url: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class RankingPage:
    """All of a leaderboard's page."""

    contest: ContestCard
    is_practice: bool
    problem_slug: str
    problem_name: str
    problem_tabs: list[Tab]
    split_tabs: list[Tab]
    metric: object
    direction: str
    columns: list[object]
    decimals: int
    rows: list[RankRow]
    n_teams: int
    split: str
    is_final: bool
    has_ladder: bool
    has_ties: bool
    has_intervals: bool
    previous_url: str
    next_url: str


def present_ranking(
    contest: Contest,
    problem: Problem,
    page: LeaderboardPage,
    *,
    has_private: bool,
    offset: int,
    now: datetime,
) -> RankingPage:
    """Return a leaderboard's page.

    Args:
        contest: where.
        problem: of which.
        page: the rows in order.
        has_private: whether the private split may be looked at.
        offset: of the first row.
        now: the present instant.
    """
    spec = spec_of(problem.current_version)
    keys = [key for key in (spec.get("leaderboard") or {}).get("columns") or () if key != page.metric_key]
    is_more = offset + len(page.rows) < page.n_rows
    return RankingPage(
        contest=present_contest_card(contest, now=now),
        is_practice=contest.slug == "practice",
        problem_slug=problem.slug,
        problem_name=present_problem_card(problem).name,
        problem_tabs=_problem_tabs(contest, problem),
        split_tabs=_split_tabs(contest, problem, page.split) if has_private else [],
        metric=metric_label(page.metric_key),
        direction=gettext("higher is better") if page.higher_is_better else gettext("lower is better"),
        columns=[metric_label(key) for key in keys],
        decimals=decimals_of(problem.current_version),
        rows=_rows(page, keys),
        n_teams=page.n_teams,
        split=page.split,
        is_final=page.is_final,
        has_ladder=page.has_ladder,
        has_ties=any(row.tied for row in page.rows),
        has_intervals=any(row.interval for row in page.rows),
        previous_url=_page_url(contest, problem, page.split, max(offset - PAGE_SIZE, 0)) if offset else "",
        next_url=_page_url(contest, problem, page.split, offset + PAGE_SIZE) if is_more else "",
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


def _problem_tabs(contest: Contest, problem: Problem) -> list[Tab]:
    return [
        Tab(
            present_problem_card(setting.problem).name,
            url_for("leaderboards.show", slug=contest.slug, problem=setting.problem.slug),
            setting.problem_id == problem.id,
        )
        for setting in contest.problems
    ]


def _split_tabs(contest: Contest, problem: Problem, split: str) -> list[Tab]:
    titles = {"public": gettext("Public part"), "private": gettext("Private part (final)")}
    return [
        Tab(
            title,
            url_for("leaderboards.show", slug=contest.slug, problem=problem.slug, split=word),
            word == split,
        )
        for word, title in titles.items()
    ]


def _page_url(contest: Contest, problem: Problem, split: str, offset: int) -> str:
    return url_for(
        "leaderboards.show", slug=contest.slug, problem=problem.slug, split=split, offset=offset or None
    )
