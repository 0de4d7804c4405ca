"""What a submission used: totals, and lines over time that are drawn and told in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

# Parts of a judgement that are no step of the problem's own.
_OURS = frozenset({"execute", "score", "check", "model"})
WIDTH, HEIGHT, PAD = 240.0, 48.0, 2.0


@dataclass(frozen=True, slots=True)
class Spark:
    """One figure over time.

    Attributes:
        label: what it is.
        peak: its highest value with the unit.
        text: the same line in words, for who does not see it.
        points: of an SVG polyline in a box of `WIDTH` by `HEIGHT`.
    """

    label: str
    peak: str
    text: str
    points: str


def present_usage(usage: Mapping[str, object]) -> list[tuple[object, str]]:
    """Return the totals of running the submission, else of scoring it."""
    shown = {
        "wall_time_s": (gettext("Time"), "{:.2f} s"),
        "cpu_time_s": (gettext("CPU time"), "{:.2f} s"),
        "memory_mib": (gettext("Peak memory"), "{:.0f} MiB"),
        "peak_memory_mib": (gettext("Peak memory"), "{:.0f} MiB"),
        "gpu_peak_memory_mib": (gettext("Peak GPU memory"), "{:.0f} MiB"),
        "gpu_utilisation": (gettext("GPU use on average"), "{:.0%}"),
    }
    flat = usage.get("execute") if isinstance(usage.get("execute"), Mapping) else usage
    rows = [
        _step(name, part) for name, part in usage.items() if name not in _OURS and isinstance(part, Mapping)
    ]
    rows += _tokens(usage.get("model"))
    for key, (label, form) in shown.items():
        value = flat.get(key) if isinstance(flat, Mapping) else None
        if isinstance(value, int | float):
            rows.append((label, form.format(value)))
    return rows


def _tokens(used: object) -> list[tuple[object, str]]:
    """Return what a prompt used of its model."""
    if not isinstance(used, Mapping):
        return []
    asked, said = (int(used.get(key) or 0) for key in ("prompt_tokens", "completion_tokens"))
    parts = gettext("%(asked)s of prompts, %(said)s of answers", asked=f"{asked:,}", said=f"{said:,}")
    return [
        (gettext("Tokens"), f"{asked + said:,} ({parts})"),
        (gettext("Requests"), str(used.get("requests", 0))),
    ]


def _step(name: str, part: Mapping[str, object]) -> tuple[object, str]:
    """Return one step of a program: its time and memory in one line."""
    wall_time_s, memory_mib = part.get("wall_time_s"), part.get("peak_memory_mib")
    figures = [f"{wall_time_s:.2f} s"] if isinstance(wall_time_s, int | float) else []
    figures += [f"{memory_mib:.0f} MiB"] if isinstance(memory_mib, int | float) else []
    return (gettext("Step %(name)s", name=name), " · ".join(figures) or "–")


def present_sparks(usage: Mapping[str, object]) -> list[Spark]:
    """Return memory, processor and GPU over time; nothing when there are too few samples for a line."""
    execute = usage.get("execute")
    columns = execute.get("timeline") if isinstance(execute, Mapping) else None
    if not isinstance(columns, Mapping):
        return []
    at_s = _numbers(columns, "at_s")
    drawn = [
        _spark(gettext("Memory"), at_s, _numbers(columns, "memory_mib"), "{:.0f} MiB"),
        _spark(gettext("CPU cores in use"), at_s, _rates(at_s, _numbers(columns, "cpu_time_s")), "{:.2f}"),
        _spark(gettext("GPU memory"), at_s, _numbers(columns, "gpu_memory_mib"), "{:.0f} MiB"),
        _spark(gettext("GPU use"), at_s, _numbers(columns, "gpu_utilisation"), "{:.0%}"),
    ]
    return [spark for spark in drawn if spark is not None]


def _numbers(columns: Mapping[str, object], key: str) -> list[float | None]:
    column = columns.get(key)
    if not isinstance(column, list):
        return []
    return [float(value) if isinstance(value, int | float) else None for value in column]


def _rates(at_s: Sequence[float | None], totals: Sequence[float | None]) -> list[float | None]:
    """Return the growth per second up to each sample; the first has nothing before it."""
    rates: list[float | None] = [None] if totals else []
    for index in range(1, min(len(at_s), len(totals))):
        since, until, before, after = at_s[index - 1], at_s[index], totals[index - 1], totals[index]
        if since is None or until is None or before is None or after is None or until <= since:
            rates.append(None)
        else:
            rates.append(max(0.0, (after - before) / (until - since)))
    return rates


def _spark(
    label: str, at_s: Sequence[float | None], values: Sequence[float | None], form: str
) -> Spark | None:
    known = [
        (at, value) for at, value in zip(at_s, values, strict=False) if at is not None and value is not None
    ]
    if len(known) < 2:
        return None
    end_s = max(at for at, _ in known) or 1.0
    top = max(value for _, value in known)
    scale = (HEIGHT - 2 * PAD) / (top or 1.0)
    points = " ".join(
        f"{PAD + at / end_s * (WIDTH - 2 * PAD):.1f},{HEIGHT - PAD - value * scale:.1f}"
        for at, value in known
    )
    peak = form.format(top)
    text = gettext(
        "%(label)s over %(seconds)s s: %(first)s at first, at most %(peak)s, %(last)s at the end",
        label=label,
        seconds=f"{end_s:.1f}",
        first=form.format(known[0][1]),
        peak=peak,
        last=form.format(known[-1][1]),
    )
    return Spark(label, peak, str(text), points)
