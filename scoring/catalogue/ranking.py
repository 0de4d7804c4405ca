"""Metrics of orderings within queries, bound to scikit-learn, torchmetrics and ir-measures.

They read a table whose rows belong to groups, or a ranking of document names for each query. With a ranking,
what is relevant and not named counts as not found. Of rows with equal scores those that are not relevant
stand first, so that a constant prediction gains nothing; NDCG averages over their orders instead.
"""

from typing import Any

from scoring.catalogue.metric import Family, Metric, Need, Param, Wants

_NEEDS = (Need.NON_NEGATIVE_TRUE, Need.ANY_RELEVANT)


def _metric(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    k = rest.pop("k", 0)
    return Metric(
        name=name,
        family=Family.RANKING,
        wants=Wants.GROUPED,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=formula,
        source=source,
        compute=f"ranking:{rest.pop('compute', name)}",
        params=(Param("k", k, "how many are looked at; 0 for all", minimum=0 if k == 0 else 1),),
        needs=_NEEDS,
        on_single_class=f"by the formula where all is relevant, else undefined ({Need.ANY_RELEVANT})",
        on_constant=rest.pop("on_constant", "as if what is relevant stood last"),
        **rest,
    )


def _measured(name: str, measure: str, formula: str, k: int) -> Metric:
    return _metric(
        name,
        formula,
        f"ir-measures, {measure}",
        compute="measured",
        fixed={"measure": measure},
        k=k,
    )


METRICS: tuple[Metric, ...] = (
    _metric(
        "ndcg",
        "mean_q DCG@k / IDCG@k, DCG@k = sum_i rel_i / log2(i + 1)",
        "scikit-learn, ndcg_score; ir-measures, nDCG for rankings; Järvelin and Kekäläinen 2002",
        on_constant="mean over all orders",
    ),
    _measured("mrr", "RR", "mean_q 1 / rank_q of the first relevant document; 0 where there is none", 0),
    _measured("map", "AP", "mean_q sum_i [rel_i] P@i / R_q, R_q = number of relevant documents", 0),
    _measured("precision_at_k", "P", "mean_q share of relevant ones among the first k", 10),
    _measured("recall_at_k", "R", "mean_q share of the relevant ones that are among the first k", 10),
    _measured("success_at_k", "Success", "mean_q [one of the first k is relevant]", 10),
    _metric(
        "map_at_k",
        "mean_q sum_(i <= k) [rel_i] P@i / min(R_q, k), R_q = number of relevant documents",
        "average precision with the divisor of Kaggle's MAP@k",
        compute="map_at_k",
        k=5,
    ),
)
