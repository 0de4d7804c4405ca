"""From the domain to what the API says of rules, entries and overall standings."""

from collections.abc import Mapping, Sequence

from judge.models import Contest, Entry, Phase, Track
from judge.models.words import EntryKind, Format, Policy
from judge.services.standings import StandingsPage
from web.api import conduct_schemas as schemas


def present_standings(
    contest: Contest, page: StandingsPage, *, limit: int, offset: int
) -> schemas.StandingsOut:
    """Return a page of an overall ranking."""
    return schemas.StandingsOut(
        contest=contest.slug,
        format=page.format,
        problems=dict(page.problems),
        split=page.split,
        track=page.track,
        is_frozen=page.is_frozen,
        is_final=page.is_final,
        n_teams=page.n_teams,
        own_rank=page.own.rank if page.own else None,
        limit=limit,
        offset=offset,
        rows=[
            schemas.StandingOut(
                rank=row.rank,
                team=row.team_name,
                is_own=row.is_own,
                is_baseline=row.is_baseline,
                total=row.total,
                penalty=row.penalty,
                cells={slug: dict(cell) for slug, cell in row.cells.items()},
            )
            for row in page.rows
        ],
    )


def present_rules(phase: Phase) -> schemas.RulesOut:
    """Return how a phase is ranked."""
    return schemas.RulesOut(
        phase=phase.position,
        policy=Policy(phase.policy),
        n_selected=phase.n_selected,
        freeze_at=phase.freeze_at,
        thawed_at=phase.thawed_at,
        finalized_at=phase.finalized_at,
    )


def present_format(contest: Contest) -> schemas.FormatOut:
    """Return how a contest adds its problems up."""
    return schemas.FormatOut(
        contest=contest.slug,
        format=Format(contest.format),
        problems=[
            schemas.ScaleOut(
                problem=one.problem.slug, zero=one.zero_score, full=one.full_score, points=one.points
            )
            for one in contest.problems
        ],
    )


def present_track(track: Track) -> schemas.TrackOut:
    """Return a track."""
    return schemas.TrackOut(slug=track.slug, names=track.names, eligibility=track.eligibility)


def present_entrants(
    entries: Sequence[Entry], tracks: Mapping[int, Sequence[str]]
) -> list[schemas.EntrantOut]:
    """Return how teams take part; `tracks` are their slugs by entry id."""
    return [
        schemas.EntrantOut(
            team_id=entry.team_id,
            team=entry.team.name,
            kind=EntryKind(entry.kind),
            status=("disqualified" if entry.disqualified_at else "withdrawn" if entry.withdrawn_at else "in"),
            tracks=list(tracks.get(entry.id, ())),
            entered_at=entry.entered_at,
        )
        for entry in entries
    ]
