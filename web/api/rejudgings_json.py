"""Rejudgings in the API: how rows become what is given."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import url_for

from judge.models import Judgement, Rejudging
from judge.models.words import RejudgingState
from judge.services.rejudgings import applying, preview
from judge.services.rejudgings.history import Told
from judge.services.rejudgings.preview import Change
from judge.services.rejudgings.ranks import RankChanges
from judge.services.rejudgings.selection import Batch
from web.api.rejudging_schemas import (
    BatchOut,
    CellOut,
    ChangeOut,
    HindrancesOut,
    ProgressOut,
    RankChangeOut,
    RanksOut,
    RejudgedOut,
    RejudgingDetailOut,
    RejudgingOut,
    SelectedOut,
    SideOut,
)
from web.i18n import localised

if TYPE_CHECKING:
    from judge.db.session import Session


def present_selected(found: Sequence[Batch]) -> SelectedOut:
    """Return what a selection picks."""
    problems = [
        BatchOut(
            problem=batch.problem.slug,
            version=batch.version.version,
            n_selected=batch.n_selected,
            skipped=dict(batch.skipped),
        )
        for batch in found
    ]
    return SelectedOut(n_selected=sum(batch.n_selected for batch in found), problems=problems)


def present_rejudging(session: "Session", rejudging: Rejudging) -> RejudgingOut:
    """Return a rejudging as a line of the list."""
    return RejudgingOut(**_fields(session, rejudging))


def present_detail(session: "Session", rejudging: Rejudging) -> RejudgingDetailOut:
    """Return a rejudging with its matrix."""
    is_open = rejudging.state == RejudgingState.OPEN
    hindrances = asdict(applying.hindrances(session, rejudging)) if is_open else None
    return RejudgingDetailOut(
        **_fields(session, rejudging),
        matrix=[CellOut(**asdict(cell)) for cell in preview.matrix(session, rejudging)],
        hindrances=HindrancesOut(**hindrances) if hindrances else None,
    )


def _fields(session: "Session", rejudging: Rejudging) -> dict[str, Any]:
    progress = preview.progress(session, rejudging)
    return {
        "id": rejudging.id,
        "contest": rejudging.contest.slug,
        "state": rejudging.state,
        "reason": localised(rejudging.reasons),
        "reasons": dict(rejudging.reasons),
        "selection": rejudging.selection,
        "n_selected": rejudging.n_selected,
        "skipped": rejudging.skipped,
        "outcome": rejudging.outcome,
        "created_by": rejudging.created_by.username,
        "created_at": rejudging.created_at,
        "closed_by": rejudging.closed_by.username if rejudging.closed_by else None,
        "closed_at": rejudging.closed_at,
        "progress": ProgressOut(**asdict(progress), is_finished=progress.is_finished),
        "urls": {
            "self": url_for("api.get_rejudging", rejudging_id=rejudging.id, _external=True),
            "changes": url_for("api.list_changes", rejudging_id=rejudging.id, _external=True),
            "html": url_for("rejudgings.show", rejudging_id=rejudging.id, _external=True),
        },
    }


def present_ranks(found: RankChanges) -> RanksOut:
    """Return how ranks would change."""
    items = [
        RankChangeOut(
            problem=change.problem.slug if change.problem else None,
            phase=change.phase.position,
            board=change.board,
            track=change.track,
            team=change.team,
            old_rank=change.old_rank,
            new_rank=change.new_rank,
            old_score=change.old_score,
            new_score=change.new_score,
        )
        for change in found.shown
    ]
    return RanksOut(items=items, n_total=found.n_total)


def present_change(change: Change) -> ChangeOut:
    """Return one submission's change, for who runs the contest."""
    return ChangeOut(
        submission=change.submission.public_id,
        problem=change.submission.problem.slug,
        team=change.submission.team.name,
        old=_side(change.old, change.old_metric),
        new=_side(change.new, change.new_metric),
        delta=change.public.delta,
        delta_private=change.private.delta,
        is_better=change.public.is_better,
        is_better_private=change.private.is_better,
        is_overtaken=change.is_overtaken,
    )


def _side(judgement: Judgement, metric: str) -> SideOut:
    return SideOut(
        verdict=judgement.verdict or "",
        problem_version=judgement.problem_version.version,
        metric=metric,
        score=judgement.score,
        score_private=judgement.score_private,
    )


def present_told(told: Told) -> RejudgedOut:
    """Return a change as the people of the submission may know it."""
    private = told.private
    return RejudgedOut(
        at=told.at,
        reason=localised(told.reasons),
        reasons=dict(told.reasons),
        old=SideOut(
            **asdict(told.old), score=told.public.old, score_private=private.old if private else None
        ),
        new=SideOut(
            **asdict(told.new), score=told.public.new, score_private=private.new if private else None
        ),
        delta=told.public.delta,
        delta_private=private.delta if private else None,
        is_better=told.public.is_better,
    )
