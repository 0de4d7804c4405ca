"""Whether a problem's limits leave room: what its good example used, beside what it may use.

A limit that the reference itself nearly breaks fails contestants by the weather of the machine; one that
nobody can reach stops nothing. Codes: limit-tight, limit-loose, not-stopped,
primary-undefined.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from judge.models.words import Verdict
from judge.services.results import JudgementResult
from judge.worker.profiles import DEFAULT_COMPILE, execute_limits, merged, score_limits
from problems.errors import Finding
from problems.kinds import CODELESS
from problems.lint import lines_of
from problems.loader import MANIFEST, Example, Package
from problems.schema import Spec
from sandboxes.limits import Limits

MIN_ROOM = 2.0
MAX_ROOM = 50.0
# Below these nobody waits, whatever the example used.
_QUICK_S = 10.0
_SHORTEST_S = 0.1
_UNITS = {"wall_time_s": "s", "cpu_time_s": "s", "memory_mib": "MiB"}
_MEASURED = {"wall_time_s": "wall_time_s", "cpu_time_s": "cpu_time_s", "memory_mib": "peak_memory_mib"}
_N_MEASURED = 3

Judged = tuple[Example, JudgementResult]


@dataclass(frozen=True, slots=True)
class _Room:
    """One figure of one step.

    Attributes:
        step: name of the step.
        figure: name of the limit.
        limit: what may be used.
        used: what was.
        place: where the limit stands, or would stand, in the manifest.
        is_stated: whether it does stand there.
    """

    step: str
    figure: str
    limit: float
    used: float
    place: tuple[str | int, ...]
    is_stated: bool

    @property
    def ratio(self) -> float:
        """Return how many times what was used may be."""
        return self.limit / self.used if self.used > 0 else float("inf")


def check_margins(
    package: Package, judged: Sequence[Judged], again: Callable[[Example], JudgementResult]
) -> list[Finding]:
    """Compare limits with what the examples used that were accepted.

    Args:
        package: of the problem.
        judged: its examples, each with its result.
        again: judges one once more: what looks tight may have been a busy moment.

    Returns:
        Findings, with the lines of the limits.
    """
    rooms: dict[tuple[str, str], _Room] = {}
    found = []
    for example, result in judged:
        if example.role == "good" and Verdict.JE is not result.verdict:
            tight = [
                room for room in _measured(package.spec, example, result, again) if room.ratio < MIN_ROOM
            ]
            found += [_finding(package, "limit-tight", room, example) for room in tight]
        if result.verdict is Verdict.AC or example.role == "good":
            for room in _rooms(package.spec, result.usage):
                key = room.step, room.figure
                rooms[key] = max(rooms.get(key, room), room, key=lambda one: one.used)
    return found + [
        _finding(package, "limit-loose", room, None) for room in rooms.values() if _is_loose(room)
    ]


def _measured(
    spec: Spec, example: Example, result: JudgementResult, again: Callable[[Example], JudgementResult]
) -> list[_Room]:
    rooms = {(room.step, room.figure): room for room in _rooms(spec, result.usage)}
    for _ in range(_N_MEASURED - 1):
        if all(room.ratio >= MIN_ROOM for room in rooms.values()):
            break
        for room in _rooms(spec, again(example).usage):
            key = room.step, room.figure
            rooms[key] = min(rooms.get(key, room), room, key=lambda one: one.used)
    return list(rooms.values())


def _finding(package: Package, code: str, room: _Room, example: Example | None) -> Finding:
    line = lines_of(package).of(*room.place, room.figure)
    unit = _UNITS[room.figure]
    said = f"step {room.step}: {room.figure} is {room.limit:g} {unit}, "
    if example is not None:
        said += f"example {example.name} used {room.used:.3g}; allow at least {MIN_ROOM:g} times that"
        return Finding(code, said, MANIFEST, line)
    said += f"over {MAX_ROOM:g} times what any accepted example used; what hangs is waited for that long"
    return Finding(code, said, MANIFEST, line, severity="warning")


def check_stopped(package: Package, example: Example, result: JudgementResult) -> list[Finding]:
    """Check that an example of role `too-slow` was really stopped by the time limit.

    Args:
        package: of the problem.
        example: of that role.
        result: of judging it.
    """
    is_stopped = result.verdict is Verdict.TLE or any(case.verdict.value == "TLE" for case in result.cases)
    if package.spec.kind in CODELESS or is_stopped:
        return []
    message = f"{example.name} is the too slow example, but it was no time limit that stopped it: "
    message += f"it ended with {result.verdict.value}"
    return [Finding("not-stopped", message, MANIFEST, lines_of(package).of("examples", example.name))]


def check_primary(package: Package, example: Example, result: JudgementResult) -> list[Finding]:
    """Check that a good example has a score on every split that there is.

    Args:
        package: of the problem.
        example: of role `good`.
        result: of judging it.
    """
    primary = package.spec.scoring.primary
    undefined = [metric for metric in result.metrics if metric.key == primary and metric.value is None]
    line = lines_of(package).of("scoring", "primary")
    return [
        Finding(
            "primary-undefined",
            f"{primary} of example {example.name} is undefined on split {metric.split}: {metric.reason}",
            MANIFEST,
            line,
        )
        for metric in undefined
    ]


def _is_loose(room: _Room) -> bool:
    if room.step in {"score", "compile"} or not room.is_stated or room.figure != "wall_time_s":
        return False
    return room.limit > _QUICK_S and room.limit > MAX_ROOM * max(room.used, _SHORTEST_S)


def _rooms(spec: Spec, usage: Mapping[str, object]) -> Iterator[_Room]:
    for step, used in usage.items():
        place, limits = _limits_of(spec, step)
        if limits is None or not isinstance(used, dict):
            continue
        is_by_case = any(str(name).startswith("case_") for name in used)
        for figure, measured in _MEASURED.items():
            amount = used.get(f"case_{measured}" if is_by_case else measured)
            if isinstance(amount, int | float):
                where, is_stated = _stated(spec, place, figure)
                yield _Room(step, figure, float(getattr(limits, figure)), float(amount), where, is_stated)


def _limits_of(spec: Spec, step: str) -> tuple[tuple[str | int, ...], Limits | None]:
    for at, one in enumerate(spec.program.steps if spec.program else ()):
        if one.name == step:
            return ("program", "steps", at, "limits"), merged(execute_limits(spec), one.limits)
    known = {
        "execute": execute_limits(spec),
        "score": score_limits(spec),
        "compile": merged(DEFAULT_COMPILE, spec.limits.compile),
    }
    return ("limits", step), known.get(step)


def _stated(spec: Spec, place: tuple[str | int, ...], figure: str) -> tuple[tuple[str | int, ...], bool]:
    """Return where a limit stands: a step's own, or that of all steps."""
    if place[0] == "program" and spec.program is not None:
        own = spec.program.steps[int(place[2])].limits
        if getattr(own, figure) is not None:
            return place, True
        place = ("limits", "execute")
    return place, getattr(getattr(spec.limits, str(place[1])), figure) is not None
