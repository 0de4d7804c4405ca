"""Finds predictions that are nearly those of an earlier submission: what climbing a hidden set looks like.

Each settled judgement is compared with the newest ones of its team, and with those of other teams that share
a stretch of its sketch; so it costs the same however many there are. Only who runs a contest sees what is
found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from judge.errors import PermissionDenied
from judge.models import (
    Account,
    Contest,
    Judgement,
    Phase,
    Problem,
    Resemblance,
    Sketch,
    SketchBand,
    Submission,
    Team,
)
from judge.services.access import runs_contest
from scoring.likeness import bands, share_equal

NEAR = 0.98
MAX_OWN = 100  # newest sketches of the team that one is compared with
MAX_OTHERS = 100  # candidates among other teams'
MAX_KEPT = 5  # resemblances noted of each kind
MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class Prober:
    """A team with files nearly equal to earlier ones of its own.

    Attributes:
        n_near: submissions of that kind.
        n_submissions: all of the team's to the problem.
        share: of rows that the most alike two have in common.
        newest: address of the newest of that kind.
    """

    team_name: str
    problem: Problem
    n_near: int
    n_submissions: int
    share: float
    newest: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two teams with files that are nearly equal, and the two most alike; the first was handed in later.

    Attributes:
        n_near: how many such pairs the two teams have on this problem.
    """

    problem: Problem
    team_name: str
    submission: str
    submitted_at: datetime
    earlier_team_name: str
    earlier_submission: str
    earlier_submitted_at: datetime
    share: float
    n_near: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What is told of a contest, the most suspicious first."""

    probers: tuple[Prober, ...]
    pairs: tuple[Pair, ...]


def note(session: Session, judgement: Judgement, sketch: bytes) -> None:
    """Store the sketch of a judgement's predictions and what it resembles; called in its transaction.

    Of a submission that is judged again there is one sketch for each version of the problem, the newest; what
    it resembles is told once.
    """
    if not sketch:
        return
    same = select(Judgement.id).where(Judgement.submission_id == judgement.submission_id)
    session.execute(delete(Resemblance).where(Resemblance.judgement_id.in_(same)))
    same = same.where(Judgement.problem_version_id == judgement.problem_version_id)
    for table in (SketchBand, Sketch):
        session.execute(delete(table).where(table.judgement_id.in_(same)))
    digests = list(enumerate(bands(sketch)))
    own = _nearest(sketch, _list_own(session, judgement))
    others = _nearest(sketch, _list_others(session, judgement, digests))
    session.execute(insert(Sketch), [{"judgement_id": judgement.id, "content": sketch}])
    version_id = judgement.problem_version_id
    session.execute(
        insert(SketchBand),
        [
            {"judgement_id": judgement.id, "number": number, "problem_version_id": version_id, "digest": one}
            for number, one in digests
        ],
    )
    near = [
        {"judgement_id": judgement.id, "earlier_id": earlier, "share": share, "is_same_team": found is own}
        for found in (own, others)
        for earlier, share in found
    ]
    if near:
        session.execute(insert(Resemblance), near)


def _nearest(sketch: bytes, earlier: Sequence[tuple[int, bytes]]) -> list[tuple[int, float]]:
    """Return the most alike of earlier sketches, by judgement, with the share of rows that are equal."""
    found = [(number, share_equal(sketch, content)) for number, content in earlier]
    return sorted((one for one in found if one[1] >= NEAR), key=lambda one: (-one[1], -one[0]))[:MAX_KEPT]


def _list_own(session: Session, judgement: Judgement) -> list[tuple[int, bytes]]:
    rows = session.execute(
        select(Sketch.judgement_id, Sketch.content)
        .join(Judgement, Judgement.id == Sketch.judgement_id)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(
            Submission.team_id == judgement.submission.team_id,
            Submission.problem_id == judgement.submission.problem_id,
            Judgement.problem_version_id == judgement.problem_version_id,
            Judgement.submission_id != judgement.submission_id,
        )
        .order_by(Submission.id.desc())
        .limit(MAX_OWN)
    )
    return [(number, content) for number, content in rows]


def _list_others(
    session: Session, judgement: Judgement, digests: Sequence[tuple[int, int]]
) -> list[tuple[int, bytes]]:
    """Return sketches of other teams in the same phase that share a band, the newest first."""
    candidates: set[int] = set()
    for number, digest in digests:
        # Each by itself and in the index's order: where all hand in the same, few of them are read.
        candidates.update(
            session.scalars(
                select(SketchBand.judgement_id)
                .where(
                    SketchBand.problem_version_id == judgement.problem_version_id,
                    SketchBand.number == number,
                    SketchBand.digest == digest,
                )
                .order_by(SketchBand.judgement_id.desc())
                .limit(MAX_OTHERS)
            )
        )
    rows = session.execute(
        select(Sketch.judgement_id, Sketch.content)
        .join(Judgement, Judgement.id == Sketch.judgement_id)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(
            Sketch.judgement_id.in_(sorted(candidates, reverse=True)[:MAX_OTHERS]),
            Submission.phase_id == judgement.submission.phase_id,
            Submission.team_id != judgement.submission.team_id,
        )
    )
    return [(number, content) for number, content in rows]


def find_probing(session: Session, contest: Contest, *, viewer: Account | None) -> Findings:
    """Return teams whose files are nearly equal to earlier ones, of their own and of others.

    Raises:
        PermissionDenied: `viewer` does not run the contest.
    """
    if not runs_contest(viewer, contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
    return Findings(tuple(_probers(session, contest)), tuple(_pairs(session, contest)))


def _probers(session: Session, contest: Contest) -> list[Prober]:
    near = (
        select(
            Submission.team_id,
            Submission.problem_id,
            func.count(Submission.id.distinct()).label("n_near"),
            func.max(Resemblance.share).label("share"),
            func.max(Submission.id).label("newest_id"),
        )
        .join(Judgement, Judgement.id == Resemblance.judgement_id)
        .join(Submission, Submission.id == Judgement.submission_id)
        .join(Phase, Phase.id == Submission.phase_id)
        .where(Phase.contest_id == contest.id, Resemblance.is_same_team)
        .group_by(Submission.team_id, Submission.problem_id)
        .order_by(func.count(Submission.id.distinct()).desc(), func.max(Submission.id).desc())
        .limit(MAX_LISTED)
        .subquery()
    )
    n_all = (
        select(func.count())
        .select_from(Submission)
        .join(Phase, Phase.id == Submission.phase_id)
        .where(
            Phase.contest_id == contest.id,
            Submission.team_id == near.c.team_id,
            Submission.problem_id == near.c.problem_id,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Team.name, Problem, near.c.n_near, n_all, near.c.share, Submission.public_id)
        .select_from(near)
        .join(Team, Team.id == near.c.team_id)
        .join(Problem, Problem.id == near.c.problem_id)
        .join(Submission, Submission.id == near.c.newest_id)
        .order_by(near.c.n_near.desc(), near.c.newest_id.desc())
    )
    return [Prober(*row) for row in rows]


def _pairs(session: Session, contest: Contest) -> list[Pair]:
    later_judged, earlier_judged = aliased(Judgement), aliased(Judgement)
    later, earlier = aliased(Submission), aliased(Submission)
    later_team, earlier_team = aliased(Team), aliased(Team)
    teams = (later.problem_id, later.team_id, earlier.team_id)
    # Of a team that hands in the same again and again, one line: the most alike.
    place = func.row_number().over(
        partition_by=teams, order_by=(Resemblance.share.desc(), Resemblance.judgement_id.desc())
    )
    ranked = (
        select(
            Resemblance.judgement_id,
            Resemblance.earlier_id,
            place.label("place"),
            func.count().over(partition_by=teams).label("n_near"),
        )
        .join(later_judged, later_judged.id == Resemblance.judgement_id)
        .join(later, later.id == later_judged.submission_id)
        .join(earlier_judged, earlier_judged.id == Resemblance.earlier_id)
        .join(earlier, earlier.id == earlier_judged.submission_id)
        .join(Phase, Phase.id == later.phase_id)
        .where(Phase.contest_id == contest.id, Resemblance.is_same_team.is_(False))
        .subquery()
    )
    rows = session.execute(
        select(
            Problem,
            later_team.name,
            later.public_id,
            later.submitted_at,
            earlier_team.name,
            earlier.public_id,
            earlier.submitted_at,
            Resemblance.share,
            ranked.c.n_near,
        )
        .select_from(Resemblance)
        .join(
            ranked,
            and_(
                ranked.c.judgement_id == Resemblance.judgement_id,
                ranked.c.earlier_id == Resemblance.earlier_id,
            ),
        )
        .join(later_judged, later_judged.id == Resemblance.judgement_id)
        .join(later, later.id == later_judged.submission_id)
        .join(earlier_judged, earlier_judged.id == Resemblance.earlier_id)
        .join(earlier, earlier.id == earlier_judged.submission_id)
        .join(later_team, later_team.id == later.team_id)
        .join(earlier_team, earlier_team.id == earlier.team_id)
        .join(Problem, Problem.id == later.problem_id)
        .where(ranked.c.place == 1)
        .order_by(Resemblance.share.desc(), Resemblance.judgement_id.desc())
        .limit(MAX_LISTED)
    )
    return [Pair(*row) for row in rows]
