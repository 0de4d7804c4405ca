"""Who gets which GPUs: never two on one, all or none, and everybody in the end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.services.gpu_sharing import Device, Request, fits, grant, is_feasible

A100, T4 = "NVIDIA A100-SXM4-80GB", "Tesla T4"


def devices(*kinds: str, taken: tuple[int, ...] = ()) -> dict[int, Device]:
    memory = {A100: 81_920, T4: 15_360}
    return {
        number: Device(number, kind, memory[kind], number not in taken)
        for number, kind in enumerate(kinds, start=1)
    }


def granted(fleet: dict[int, Device], *waiting: Request) -> dict[int, tuple[int, ...]]:
    here = frozenset(fleet)
    return grant(fleet, [here], here, waiting)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("A100", A100, True),
        ("a100 80gb", A100, True),
        ("A10", A100, False),
        ("100", A100, True),
        ("H100", A100, False),
        ("rtx", "NVIDIA RTX6000", True),
        ("4090", "NVIDIA GeForce RTX 4090", True),
        ("409", "NVIDIA GeForce RTX 4090", False),
        ("T4", "Tesla T4", True),
        ("T4", "Quadro T400", False),
        ("1g.10gb", "NVIDIA A100-SXM4-80GB MIG 1g.10gb", True),
        ("g.10gb", "NVIDIA A100-SXM4-80GB MIG 1gx10gb", False),
        (None, "anything", True),
    ],
)
def test_kinds_are_words_of_the_name(kind: str | None, name: str, expected: bool) -> None:
    assert fits(Device(1, name, 1000, True), Request(1, 1, None, kind)) is expected


def test_memory_is_of_each_device() -> None:
    assert fits(Device(1, T4, 15_360, True), Request(1, 1, 15_360))
    assert not fits(Device(1, T4, 15_360, True), Request(1, 1, 15_361))


def test_small_requests_leave_large_devices() -> None:
    assert granted(devices(A100, T4), Request(1, 1)) == {1: (2,)}


def test_all_or_none() -> None:
    assert granted(devices(A100, A100, taken=(1,)), Request(1, 2)) == {}


def test_an_older_request_keeps_what_it_could_use() -> None:
    fleet = devices(A100, A100, T4, taken=(1,))
    waiting = (Request(1, 2, kind="A100"), Request(2, 1), Request(3, 1, kind="A100"))
    assert granted(fleet, *waiting) == {2: (3,)}


def test_what_can_never_be_served_keeps_nothing() -> None:
    assert granted(devices(A100), Request(1, 2), Request(2, 1, kind="H100"), Request(3, 1)) == {3: (1,)}


def test_devices_of_two_workers_are_not_added_up() -> None:
    fleet = devices(A100, A100)
    reach = [frozenset({1}), frozenset({2})]
    assert grant(fleet, reach, frozenset({1}), [Request(1, 2), Request(2, 1)]) == {2: (1,)}


def test_what_only_a_neighbour_can_serve_is_kept_for_it() -> None:
    """Worker one sees both devices, worker two only the second: it must leave it to the older request."""
    fleet = devices(A100, A100, taken=(1,))
    reach = [frozenset({1, 2}), frozenset({2})]
    assert grant(fleet, reach, frozenset({2}), [Request(1, 2), Request(2, 1)]) == {}


REQUESTS = st.builds(
    Request,
    id=st.just(0),
    count=st.integers(1, 4),
    memory_mib=st.sampled_from([None, 10_000, 40_000]),
    kind=st.sampled_from([None, "A100", "T4", "H100"]),
)
FLEETS = st.lists(st.sampled_from([A100, T4]), min_size=1, max_size=5)
# What happens: a request arrives, something that runs ends, or nothing.
EVENTS = st.lists(st.one_of(REQUESTS, st.integers(0, 4)), max_size=40)


class Machine:
    """Hosts that serve requests by `grant` alone, checked at each step."""

    def __init__(self, kinds: list[str], split: int) -> None:
        self.fleet = devices(*kinds)
        first = frozenset(number for number in self.fleet if number <= split)
        self.reach = [group for group in (first, frozenset(self.fleet) - first) if group]
        self.waiting: list[Request] = []
        self.running: dict[int, tuple[int, ...]] = {}
        self.n_arrived = 0

    def arrive(self, request: Request) -> Request:
        self.n_arrived += 1
        numbered = replace(request, id=self.n_arrived)
        self.waiting.append(numbered)
        return numbered

    def end(self, index: int) -> None:
        if self.running:
            key = sorted(self.running)[index % len(self.running)]
            for number in self.running.pop(key):
                self.fleet[number] = replace(self.fleet[number], is_free=True)

    def serve(self) -> None:
        for here in self.reach:
            by_id = {request.id: request for request in self.waiting}
            for request_id, chosen in grant(self.fleet, self.reach, here, self.waiting).items():
                request = by_id[request_id]
                assert len(chosen) == len(set(chosen)) == request.count
                assert set(chosen) <= here
                for number in chosen:
                    assert self.fleet[number].is_free
                    assert fits(self.fleet[number], request)
                    self.fleet[number] = replace(self.fleet[number], is_free=False)
                self.running[request_id] = chosen
                self.waiting.remove(request)

    def is_servable(self, request: Request) -> bool:
        return any(is_feasible(request, [self.fleet[number] for number in group]) for group in self.reach)


@given(kinds=FLEETS, split=st.integers(1, 5), events=EVENTS, intruder=REQUESTS)
def test_nobody_starves(kinds: list[str], split: int, events: list[Request | int], intruder: Request) -> None:
    machine = Machine(kinds, split)
    for event in events:
        machine.arrive(event) if isinstance(event, Request) else machine.end(event)
        machine.serve()
    hopeful = [request for request in machine.waiting if machine.is_servable(request)]
    # However many younger ones keep coming, as many ends as requests before it serve the last of these.
    for _ in range(len(hopeful) + len(machine.running)):
        machine.arrive(intruder)
        machine.end(0)  # the oldest that runs: everything ends once
        machine.serve()
    starved = [request for request in hopeful if request in machine.waiting]
    assert starved == []


@given(kinds=FLEETS, waiting=st.lists(REQUESTS, max_size=8))
def test_idle_devices_serve_the_oldest_that_fits(kinds: list[str], waiting: list[Request]) -> None:
    machine = Machine(kinds, len(kinds))
    for request in waiting:
        machine.arrive(request)
    first = next((request for request in machine.waiting if machine.is_servable(request)), None)
    machine.serve()
    assert first is None or first.id in machine.running
