"""Metrics of orderings within queries, bound to scikit-learn and torchmetrics.

`y_true`: relevance, non-negative, shape (n_samples,). `y_score`: shape (n_samples,), higher is
earlier. `groups`: the query of each row; None means one query.
"""

import numpy as np

from scoring.metrics.base import Array, Family, Metric, MetricInputs, Need, Wants


def _groups(arrays: MetricInputs) -> Array:
    if arrays.groups is None:
        return np.zeros(arrays.y_true.shape[0], dtype=np.int64)
    return arrays.groups


def ndcg(arrays: MetricInputs, *, k: int = 0) -> float:
    """Return the mean over queries of NDCG@k (`k` = 0: all documents).

    Queries of equal length go to scikit-learn as one matrix. It refuses queries of one document;
    their only order is the ideal one, so they count 1, or 0 when that document is not relevant.
    """
    from sklearn.metrics import ndcg_score

    assert arrays.y_score is not None  # noqa: S101  # `Wants.GROUPED`, checked by the registry
    groups = _groups(arrays)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
    lengths = np.diff(np.r_[starts, groups.size])
    total = 0.0
    for length in np.unique(lengths):
        rows = order[starts[lengths == length][:, None] + np.arange(length)]
        relevance, scores = arrays.y_true[rows], arrays.y_score[rows]
        if length == 1:
            total += float((relevance > 0).sum())
        else:
            total += float(ndcg_score(relevance, scores, k=k or None)) * rows.shape[0]
    return total / starts.size


def mrr(arrays: MetricInputs, *, k: int = 0) -> float:
    """Return the mean over queries of 1 / rank of the first relevant document (`k` = 0: no cut).

    A query with nothing relevant counts 0.
    """
    import torch
    from torchmetrics.retrieval import RetrievalMRR

    assert arrays.y_score is not None  # noqa: S101  # `Wants.GROUPED`, checked by the registry
    _, codes = np.unique(_groups(arrays), return_inverse=True)
    metric = RetrievalMRR(empty_target_action="neg", top_k=k or None)
    value = metric(
        torch.as_tensor(arrays.y_score.astype(np.float64)),
        torch.as_tensor(arrays.y_true > 0),
        indexes=torch.as_tensor(codes.astype(np.int64)),
    )
    return float(value)


METRICS: tuple[Metric, ...] = (
    Metric(
        name="ndcg",
        family=Family.RANKING,
        wants=Wants.GROUPED,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="mean_q DCG@k / IDCG@k, DCG@k = sum_i rel_i / log2(i + 1)",
        source="scikit-learn, ndcg_score; Järvelin and Kekäläinen 2002",
        compute=ndcg,
        needs=(Need.NON_NEGATIVE_TRUE, Need.ANY_RELEVANT),
    ),
    Metric(
        name="mrr",
        family=Family.RANKING,
        wants=Wants.GROUPED,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="mean_q 1 / rank_q of the first relevant document",
        source="torchmetrics, RetrievalMRR",
        compute=mrr,
        needs=(Need.NON_NEGATIVE_TRUE, Need.ANY_RELEVANT),
    ),
)
