"""What a step used over time, kept short: where there is no cgroup only the supervisor can tell.

The longer the step, the further apart the points: when the line is full every second one goes.
"""

MAX_POINTS = 120  # as many as the host takes (`sandboxes.results.MAX_SAMPLES`)
FIRST_INTERVAL_S = 0.05


class Line:
    """Points of (seconds since the start, CPU seconds so far, bytes in use)."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float, int]] = []
        self.interval_s = FIRST_INTERVAL_S

    def add(self, at_s: float, cpu_time_s: float, memory_bytes: int) -> None:
        """Take a point, unless the last one is too near."""
        if self.points and at_s - self.points[-1][0] < self.interval_s:
            return
        self.points.append((at_s, cpu_time_s, memory_bytes))
        if len(self.points) >= MAX_POINTS:
            self.points = self.points[1::2]
            self.interval_s *= 2
