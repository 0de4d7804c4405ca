"""Which workers are there, and how strong their sandboxes are: for the portal's notice and the doctor."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.models import WorkerHost

ALIVE_S = 30.0


def report(
    session: Session, *, name: str, n_slots: int, sandbox: Mapping[str, object], started_at: datetime
) -> None:
    """Say that a worker started, with its sandbox provider's report."""
    host = session.scalar(select(WorkerHost).where(WorkerHost.name == name).with_for_update())
    if host is None:
        host = WorkerHost(name=name)
        session.add(host)
    host.n_slots = n_slots
    host.sandbox = dict(sandbox)
    host.started_at = started_at
    host.seen_at = started_at
    session.flush()


def seen(session: Session, *, name: str, now: datetime) -> None:
    """Say that a worker is still there."""
    host = session.scalar(select(WorkerHost).where(WorkerHost.name == name))
    if host is not None:
        host.seen_at = now


def gone(session: Session, *, name: str) -> None:
    """Say that a worker stopped in good order."""
    host = session.scalar(select(WorkerHost).where(WorkerHost.name == name))
    if host is not None:
        session.delete(host)


def list_workers(session: Session, *, now: datetime) -> list[WorkerHost]:
    """List workers that were seen lately, by name."""
    return list(
        session.scalars(
            select(WorkerHost)
            .where(WorkerHost.seen_at > now - timedelta(seconds=ALIVE_S))
            .order_by(WorkerHost.name)
        )
    )
