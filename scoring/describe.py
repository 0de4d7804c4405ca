"""Says what the registry knows of some metrics, to a process that must not load the metrics' libraries.

    python -m scoring.describe < asked.json

`asked.json` is a list of `MetricRequest`; the answer, one `MetricFacts` for each, is written to stdout.
"""

import sys

from scoring.contract import MetricRequest
from scoring.errors import ScorerMisconfigured
from scoring.facts import ANSWER, ASKED, MetricFacts
from scoring.registry import check_params, get_metric


def _facts(asked: MetricRequest) -> MetricFacts:
    try:
        metric = get_metric(asked.name)
    except ScorerMisconfigured as error:
        return MetricFacts(name=asked.name, fault=str(error), is_known=False)
    fault = ""
    try:
        check_params(metric, asked.params)
    except ScorerMisconfigured as error:
        fault = str(error)
    lowest, highest = metric.bounds
    return MetricFacts(
        name=asked.name,
        fault=fault,
        wants=str(metric.wants),
        higher_is_better=metric.higher_is_better,
        lowest=lowest if abs(lowest) != float("inf") else None,
        highest=highest if abs(highest) != float("inf") else None,
    )


def main() -> None:
    """Answer what is asked on stdin."""
    asked = ASKED.validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(ANSWER.dump_json(tuple(_facts(one) for one in asked)))


if __name__ == "__main__":
    main()
