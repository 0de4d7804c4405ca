"""Which scorer can report which metric: every metric has a scorer, and what cannot be is told why."""

import pytest

from scoring.catalogue import find_metric, list_metrics
from scoring.catalogue.fit import READ_BY, misfit

GROUPS = {"group_column": "query"}
ONE = {"target_columns": ["a"]}
SEVERAL = {"target_columns": ["a", "b"]}


def places(metric):
    """Return scorers and options with which a metric is reported."""
    tried = [("arrays", {}), *(("table", options) for options in ({}, GROUPS, SEVERAL, ONE))]
    tried += [("records", {"kind": kind}) for kind in READ_BY]
    tried += [(scorer, {}) for scorer in ("function", "service", "cases", "interactive")]
    return [(scorer, options) for scorer, options in tried if not misfit(metric, scorer, options)]


@pytest.mark.parametrize("metric", list_metrics(), ids=lambda metric: f"{metric.scorer}-{metric.name}")
def test_every_metric_has_a_scorer(metric):
    found = places(metric)
    if metric.scorer:
        assert {scorer for scorer, _ in found} == {metric.scorer}
    else:
        assert {scorer for scorer, _ in found} & {"table", "records"}


@pytest.mark.parametrize(
    ("name", "scorer", "options", "words"),
    [
        ("dice", "table", {}, "scorer records has them"),
        ("rmse", "arrays", {}, "scores of classes"),
        ("rmse", "table", SEVERAL, "one target column"),
        ("mcrmse", "table", {}, "needs scoring.options.target_columns"),
        ("ndcg", "table", {}, "needs scoring.options.group_column"),
        ("log_mae", "table", {}, "needs scoring.options.group_column"),
        ("bleu", "records", {"kind": "spans"}, "not records of kind spans"),
        ("bias_auc", "table", {**SEVERAL, "columns": [{}, {}]}, "for 1 scoring.options.columns; there are 2"),
        ("concordance_index", "table", {"target_columns": ["a"]}, "for 2 scoring.options.target_columns"),
        ("haversine_p50", "table", {"target_columns": ["a", "b", "c"]}, "there are 3"),
        ("points", "arrays", {}, "measured by scorer cases"),
    ],
)
def test_why_not(name, scorer, options, words):
    assert words in misfit(find_metric(name, scorer), scorer, options)
