"""From a page of a leaderboard to what the API shows."""

from judge.models import Contest, Problem
from judge.services.leaderboards import LeaderboardPage
from web.api import schemas


def present_leaderboard(
    contest: Contest, problem: Problem, page: LeaderboardPage, *, limit: int, offset: int
) -> schemas.LeaderboardOut:
    """Return a page of a leaderboard."""
    return schemas.LeaderboardOut(
        contest=contest.slug,
        problem=problem.slug,
        split=page.split,
        metric=page.metric_key,
        higher_is_better=page.higher_is_better,
        track=page.track,
        is_frozen=page.is_frozen,
        is_final=page.is_final,
        has_ladder=page.has_ladder,
        n_teams=page.n_teams,
        own_rank=page.own.rank if page.own else None,
        limit=limit,
        offset=offset,
        rows=[
            schemas.RowOut(
                rank=row.rank,
                team=row.team_name,
                is_own=row.is_own,
                is_baseline=row.is_baseline,
                score=row.score,
                metrics=dict(row.metrics),
                n_submissions=row.n_submissions,
                submitted_at=row.submitted_at,
                submission=row.submission_public_id or None,
                interval=schemas.BoundsOut(low=row.interval[0], high=row.interval[1])
                if row.interval
                else None,
                tied_ranks=schemas.RangeOut(first=row.tied[0], last=row.tied[1]) if row.tied else None,
            )
            for row in page.rows
        ],
    )
