"""What decides on a board: the phase's rules, and what the scores of each version of a problem mean."""

from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from judge.models import Judgement, Metric, Phase, ProblemVersion
from scoring.leaderboard import Policy, Rules


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a version's scores mean.

    Attributes:
        primary: key of the metric they are values of.
        higher_is_better: direction; True as long as no scorer reported it.
        generation: only scores of one generation are comparable.
        ties: keys of the tie-breaking metrics, in order.
    """

    primary: str
    higher_is_better: bool
    generation: int
    ties: tuple[str, ...]


def rules_of(phase: Phase) -> Rules:
    """Return the phase's rules in the form that the arithmetic takes."""
    return Rules(Policy(phase.policy), phase.n_selected, phase.freeze_at)


def list_meanings(session: Session, problem_id: int) -> dict[int, Meaning]:
    """Return what the scores of each version of a problem mean, by version id."""
    rows = session.execute(
        select(
            ProblemVersion.id,
            ProblemVersion.is_higher_better,
            ProblemVersion.generation,
            ProblemVersion.spec["scoring"]["primary"],
            ProblemVersion.spec["leaderboard"]["tie_breaks"],
        ).where(ProblemVersion.problem_id == problem_id)
    )
    return {
        number: Meaning(primary, direction is not False, generation, tuple(ties or ()))
        for number, direction, generation, primary, ties in rows
    }


def learn_direction(session: Session, judgement: Judgement) -> bool:
    """Note the direction of a version's primary metric, as its scorer reports it for the first time.

    The registry of metrics is not here, and an organizer's own scorer says it only when it runs. Later
    reports change nothing: one version, one direction.

    Whoever else learns it at the same time waits here, with no team held yet, and then finds it known.

    Returns:
        Whether scores that are on the boards already turn round by it.
    """
    version = judgement.problem_version
    if version.is_higher_better is not None:
        return False
    primary = version.spec["scoring"]["primary"]
    reported = session.scalar(
        select(Metric.higher_is_better)
        .where(Metric.judgement_id == judgement.id, Metric.key == primary)
        .limit(1)
    )
    if reported is None:
        return False
    learned = session.scalar(
        update(ProblemVersion)
        .where(ProblemVersion.id == version.id, ProblemVersion.is_higher_better.is_(None))
        .values(is_higher_better=reported)
        .returning(ProblemVersion.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(version, ["is_higher_better", "generation"])
    if learned is None:
        return False
    if _turned_since_the_last(session, version):
        session.execute(
            update(ProblemVersion)
            .where(ProblemVersion.problem_id == version.problem_id, ProblemVersion.id >= version.id)
            .values(generation=ProblemVersion.generation + 1)
            .execution_options(synchronize_session=False)
        )
        session.refresh(version, ["generation"])
    return _are_others_scored(session, judgement, version)


def _are_others_scored(session: Session, judgement: Judgement, version: ProblemVersion) -> bool:
    return (
        session.scalar(
            select(Judgement.id)
            .join(ProblemVersion, ProblemVersion.id == Judgement.problem_version_id)
            .where(
                ProblemVersion.problem_id == version.problem_id,
                ProblemVersion.id >= version.id,
                Judgement.id != judgement.id,
                or_(Judgement.score.is_not(None), Judgement.score_private.is_not(None)),
            )
            .limit(1)
        )
        is not None
    )


def _turned_since_the_last(session: Session, version: ProblemVersion) -> bool:
    """Whether the version before, of the same metric, had the other direction."""
    before = session.scalar(
        select(ProblemVersion.is_higher_better)
        .where(
            ProblemVersion.problem_id == version.problem_id,
            ProblemVersion.id < version.id,
            ProblemVersion.generation == version.generation,
            ProblemVersion.is_higher_better.is_not(None),
        )
        .order_by(ProblemVersion.id.desc())
        .limit(1)
    )
    return before is not None and before != version.is_higher_better
