"""Which judgement a worker may begin now, with what devices: the claim of one that may need GPUs.

Deciding and writing happen in one transaction that holds the rows of every device the worker can lend, so
that workers decide one after the other. On SQLite the writing transaction itself sees to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from judge.models import GpuDevice, Judgement, ProblemVersion
from judge.models.words import GpuNeed, Priority, State
from judge.services import judgements
from judge.services.gpu_fleet import Fleet, load_fleet
from judge.services.gpu_leases import Lent, lend
from judge.services.gpu_sharing import Request, grant, is_feasible
from judge.services.judgements import Claim


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks for work.

    Attributes:
        worker: its name.
        gpus: uuids of the devices it can lend.
        patience_s: how long a judgement that prefers a GPU waits for a busy one.
        takes_rejudgings: False when only live submissions are to be begun.
    """

    worker: str
    gpus: frozenset[str] = field(default_factory=frozenset)
    patience_s: float = 0.0
    takes_rejudgings: bool = True


@dataclass(frozen=True, slots=True)
class Seat:
    """A claimed judgement and the GPUs that are its own until they are given back."""

    held: Claim
    gpus: tuple[Lent, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a judgement waits that needs GPUs.

    Attributes:
        code: `gpu-offline`, no worker online could ever serve it; `gpu-busy`, one could.
        need: `required` or `preferred`.
        request: what it asks for.
    """

    code: str
    need: str
    request: Request


@dataclass(frozen=True, slots=True)
class _Wish:
    """A queued judgement that asks for GPUs."""

    request: Request
    need: str
    queued_at: datetime
    priority: int


@dataclass(frozen=True, slots=True)
class _Open:
    """A place for a judgement that asks for GPUs: its devices, none of them for the CPU."""

    priority: int
    devices: tuple[int, ...]


def take(session: Session, judgement_id: int, *, place: Place, now: datetime, lease_s: float) -> Seat | None:
    """Claim a queued judgement with the GPUs it asks for.

    Returns:
        None when it is not there to be taken, or not here, or not now; nothing is changed then.
    """
    wanted = session.execute(
        select(ProblemVersion.gpu_need, Judgement.priority)
        .join(Judgement, Judgement.problem_version_id == ProblemVersion.id)
        .where(Judgement.id == judgement_id, Judgement.state == State.QUEUED)
    ).one_or_none()
    if wanted is None or wanted.priority not in _priorities(place):
        return None
    devices: Sequence[int] = ()
    if wanted.gpu_need != GpuNeed.NONE:
        _hold_devices(session, place)
        found = _open_seats(session, place=place, now=now).get(judgement_id)
        if found is None:
            return None
        devices = found.devices
    held = judgements.claim(session, judgement_id, worker=place.worker, now=now, lease_s=lease_s)
    if held is None:
        return None
    return Seat(held, lend(session, held, devices, now) if devices else ())


def next_queued(session: Session, *, place: Place, now: datetime) -> int | None:
    """Return the judgement that this worker is to begin now, or None.

    It is the oldest live one that waits; one of a rejudging only when no live one can be begun.
    """
    seats = _open_seats(session, place=place, now=now)
    for priority in _priorities(place):
        plain = session.scalar(
            select(Judgement.id)
            .join(ProblemVersion, ProblemVersion.id == Judgement.problem_version_id)
            .where(
                Judgement.state == State.QUEUED,
                Judgement.priority == priority,
                ProblemVersion.gpu_need == GpuNeed.NONE,
            )
            .order_by(Judgement.id)
            .limit(1)
        )
        seated = [number for number, seat in seats.items() if seat.priority == priority]
        if plain is not None or seated:
            return min([*seated, *([] if plain is None else [plain])])
    return None


def list_startable(session: Session, *, place: Place, now: datetime) -> list[int]:
    """List judgements asking for GPUs that this worker may begin now, be it on the CPU."""
    return sorted(_open_seats(session, place=place, now=now))


def waiting_for(session: Session, judgement: Judgement, *, now: datetime) -> Waiting | None:
    """Return what a queued judgement waits for beside its turn; None when nothing special.

    One that prefers a GPU and finds none online waits for nothing: it runs on the CPU.
    """
    version = judgement.problem_version
    if judgement.state != State.QUEUED or version.gpu_need == GpuNeed.NONE:
        return None
    request = _request(judgement.id, version.spec.get("gpu"))
    fleet = load_fleet(session, now=now)
    if _is_servable(request, fleet):
        return Waiting("gpu-busy", version.gpu_need, request)
    if version.gpu_need == GpuNeed.PREFERRED:
        return None
    return Waiting("gpu-offline", version.gpu_need, request)


def _hold_devices(session: Session, place: Place) -> None:
    """Make everybody who could lend one of these devices decide after us. In one order, lest two block."""
    if place.gpus:
        session.execute(
            select(GpuDevice.id)
            .where(GpuDevice.uuid.in_(list(place.gpus)))
            .order_by(GpuDevice.id)
            .with_for_update()
        )


def _priorities(place: Place) -> tuple[Priority, ...]:
    """Return which judgements may be begun here, those to be begun first before others."""
    return (Priority.LIVE, Priority.REJUDGING) if place.takes_rejudgings else (Priority.LIVE,)


def _open_seats(session: Session, *, place: Place, now: datetime) -> dict[int, _Open]:
    """Return the judgements asking for GPUs that may begin here now."""
    wishes = _list_wishes(session, place)
    if not wishes:
        return {}
    fleet = load_fleet(session, now=now)
    granted = grant(fleet.devices, fleet.reach, fleet.of(place.gpus), [wish.request for wish in wishes])
    seats = {}
    for wish in wishes:
        devices = granted.get(wish.request.id)
        if devices is None and wish.need == GpuNeed.PREFERRED:
            has_waited = now - wish.queued_at >= timedelta(seconds=place.patience_s)
            if has_waited or not _is_servable(wish.request, fleet):
                devices = ()
        if devices is not None:
            seats[wish.request.id] = _Open(wish.priority, devices)
    return seats


def _is_servable(request: Request, fleet: Fleet) -> bool:
    """Whether some worker online could serve it, were all its devices free."""
    return any(is_feasible(request, [fleet.devices[one] for one in group]) for group in fleet.reach)


def _list_wishes(session: Session, place: Place) -> list[_Wish]:
    """List what asks for GPUs, in the order of who may choose first: live ones, then rejudgings.

    Of a rejudging the oldest by each version is enough: the others ask for the same, and wait for it.
    """
    asking = (Judgement.state == State.QUEUED, ProblemVersion.gpu_need != GpuNeed.NONE)
    oldest = (
        select(func.min(Judgement.id))
        .join(ProblemVersion, ProblemVersion.id == Judgement.problem_version_id)
        .where(*asking, Judgement.priority == Priority.REJUDGING)
        .group_by(Judgement.problem_version_id)
    )
    is_wanted = Judgement.priority == Priority.LIVE
    rows = session.execute(
        select(
            Judgement.id,
            Judgement.queued_at,
            Judgement.priority,
            ProblemVersion.gpu_need,
            ProblemVersion.spec["gpu"],
        )
        .join(ProblemVersion, ProblemVersion.id == Judgement.problem_version_id)
        .where(*asking, or_(is_wanted, Judgement.id.in_(oldest)) if place.takes_rejudgings else is_wanted)
        .order_by(Judgement.priority, Judgement.id)
    )
    return [
        _Wish(_request(number, asked), need, queued_at, priority)
        for number, queued_at, priority, need, asked in rows
    ]


def _request(judgement_id: int, asked: Any) -> Request:  # noqa: ANN401 - JSON of a validated spec
    return Request(judgement_id, int(asked["count"]), asked.get("memory_mib"), asked.get("kind"))
