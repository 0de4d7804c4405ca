"""Pure: which of those that wait may take which GPUs now.

Requests are looked at oldest first. One that can be served is; one that cannot be served yet, but could
be once its devices are free, keeps every device it could use from those younger than itself. So the
oldest request that the machines could serve loses nothing to anybody, and is served at the latest when
what runs now has ended: nobody starves, however many small requests pass by a large one. A request that
no worker online could ever serve keeps nothing from anybody.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A device that may be lent, or is: quarantined ones are not shown here.

    Attributes:
        id: of its row.
        kind: the driver's name.
        memory_mib: of the device or slice.
        is_free: nobody holds it.
    """

    id: int
    kind: str
    memory_mib: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What one judgement asks for.

    Attributes:
        id: of the judgement; the smaller, the older.
        count: devices, all or none, of one host.
        memory_mib: least of each; None takes any.
        kind: words that each device's name holds; None takes any.
    """

    id: int
    count: int
    memory_mib: int | None = None
    kind: str | None = None


def fits(device: Device, request: Request) -> bool:
    """Whether a device is what is asked for.

    Words are looked for anywhere in the name and in any case, but never end inside a number: `A10` is not
    found in `A100`.
    """
    if request.memory_mib is not None and device.memory_mib < request.memory_mib:
        return False
    words = (request.kind or "").casefold().split()
    return all(_holds(device.kind.casefold(), word) for word in words)


def _holds(name: str, word: str) -> bool:
    before = r"(?<!\d)" if word[0].isdigit() else ""
    after = r"(?!\d)" if word[-1].isdigit() else ""
    return re.search(before + re.escape(word) + after, name) is not None


def is_feasible(request: Request, devices: Iterable[Device]) -> bool:
    """Whether these devices of one worker would do, were they all free."""
    return sum(fits(device, request) for device in devices) >= request.count


def grant(
    devices: Mapping[int, Device],
    reach: Sequence[frozenset[int]],
    here: frozenset[int],
    waiting: Iterable[Request],
) -> dict[int, tuple[int, ...]]:
    """Decide what one worker may start now.

    Args:
        devices: by id, all that may be lent.
        reach: for each worker online, which devices it can lend.
        here: which the asking worker can lend.
        waiting: requests in order of age, oldest first.

    Returns:
        Request id → device ids, for those that may start here now. No device is in it twice, and each
        request has exactly as many as it asks for.
    """
    groups = [frozenset(group & devices.keys()) for group in {*reach, here}]
    own = here & devices.keys()
    free = {device.id for device in devices.values() if device.is_free}
    granted: dict[int, tuple[int, ...]] = {}
    for request in waiting:
        usable = {device.id for device in devices.values() if fits(device, request)}
        able = [group for group in groups if len(group & usable) >= request.count]
        candidates = own & usable & free
        if own in able and len(candidates) >= request.count:
            chosen = _smallest(devices, candidates, request.count)
            granted[request.id] = chosen
            free.difference_update(chosen)
            continue
        for group in able:
            free -= group & usable
    return granted


def _smallest(devices: Mapping[int, Device], candidates: Iterable[int], count: int) -> tuple[int, ...]:
    """Choose the devices with the least memory, so that the large ones are left for who needs them."""
    ordered = sorted(candidates, key=lambda number: (devices[number].memory_mib, number))
    return tuple(ordered[:count])
