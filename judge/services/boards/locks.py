"""Who waits for whom: settles of different teams go side by side, a change of the rules stops them all.

On SQLite the writing transaction itself sees to that.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.models import Phase, Team


def share_phase(session: Session, phase_id: int) -> Phase:
    """Return a phase whose rules stay as they are until this transaction ends."""
    return session.scalars(
        select(Phase)
        .where(Phase.id == phase_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()


def hold_phase(session: Session, phase_id: int) -> Phase:
    """Return a phase, to change its rules: waits for settles under way, and the next ones wait.

    New submissions go on: they hold their team first and the phase's key after, which this leaves free.
    """
    return session.scalars(
        select(Phase)
        .where(Phase.id == phase_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def hold_teams(session: Session, team_ids: Sequence[int]) -> None:
    """Make everything after this see what others committed of these teams, and nobody change it meanwhile."""
    session.execute(select(Team.id).where(Team.id.in_(team_ids)).order_by(Team.id).with_for_update())
