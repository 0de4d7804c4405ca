"""What is known of a metric before it is computed. No heavy import here; `scoring.describe` fills it in."""

from pydantic import TypeAdapter

from scoring.contract import MetricRequest, Strict


class MetricFacts(Strict):
    """What is known of one metric.

    Attributes:
        name: as it was asked for.
        fault: why it cannot be computed as asked; "" when it can.
        is_known: whether there is a metric of this name.
        wants: arrays that it is computed from: see `scoring.metrics.base.Wants`.
        higher_is_better: direction.
        lowest, highest: bounds; None where there is none.
    """

    name: str
    fault: str = ""
    is_known: bool = True
    wants: str = ""
    higher_is_better: bool = True
    lowest: float | None = None
    highest: float | None = None


ASKED = TypeAdapter(tuple[MetricRequest, ...])
ANSWER = TypeAdapter(tuple[MetricFacts, ...])
