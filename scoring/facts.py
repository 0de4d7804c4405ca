"""What is known of a metric before it is computed."""

from scoring.contract import Strict


class MetricFacts(Strict):
    """What is known of one metric.

    Attributes:
        name: as it was asked for.
        fault: why it cannot be computed as asked; "" when it can.
        is_known: whether there is a metric of this name.
        wants: arrays that it is computed from: see `scoring.catalogue.metric.Wants`.
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
