"""What a step used, as JSON for the judgement's row: totals, and columns of samples."""

from collections.abc import Sequence

from sandboxes.results import Usage, UsageSample


def usage_json(usage: Usage, *, has_timeline: bool) -> dict[str, object]:
    """Return usage with the figures that there are; what was not measured is absent.

    Args:
        usage: of one step.
        has_timeline: whether the samples are kept too, as columns of equal length.
    """
    said: dict[str, object] = {
        "wall_time_s": round(usage.wall_time_s, 4),
        "cpu_time_s": round(usage.cpu_time_s, 4),
        "peak_memory_mib": round(usage.peak_memory_mib, 1),
        "measured_by": usage.measured_by,
    }
    if usage.gpu_peak_memory_mib is not None:
        said["gpu_peak_memory_mib"] = round(usage.gpu_peak_memory_mib, 1)
    if usage.gpu_utilisation is not None:
        said["gpu_utilisation"] = round(usage.gpu_utilisation, 3)
    if has_timeline and usage.timeline:
        said["timeline"] = _columns(usage.timeline)
    return said


def worst_case_json(cases: Sequence[Usage]) -> dict[str, float]:
    """Return the most that any one test case used: limits are of each, not of all together."""
    if not cases:
        return {}
    return {
        "case_wall_time_s": round(max(usage.wall_time_s for usage in cases), 4),
        "case_cpu_time_s": round(max(usage.cpu_time_s for usage in cases), 4),
        "case_peak_memory_mib": round(max(usage.peak_memory_mib for usage in cases), 1),
    }


def _columns(timeline: tuple[UsageSample, ...]) -> dict[str, list[float | None]]:
    columns: dict[str, list[float | None]] = {
        "at_s": [round(sample.at_s, 3) for sample in timeline],
        "cpu_time_s": [round(sample.cpu_time_s, 3) for sample in timeline],
        "memory_mib": [round(sample.memory_mib, 1) for sample in timeline],
    }
    if any(sample.gpu_memory_mib is not None for sample in timeline):
        columns["gpu_memory_mib"] = [_rounded(sample.gpu_memory_mib, 1) for sample in timeline]
    if any(sample.gpu_utilisation is not None for sample in timeline):
        columns["gpu_utilisation"] = [_rounded(sample.gpu_utilisation, 3) for sample in timeline]
    return columns


def _rounded(value: float | None, n_digits: int) -> float | None:
    return None if value is None else round(value, n_digits)
