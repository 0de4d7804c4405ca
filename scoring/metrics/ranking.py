"""Computes the metrics of `scoring.catalogue.ranking`.

Tables: `y_true` is relevance, `y_score` orders (higher is earlier), `groups` are queries; None means one.
Records: a ranking is a list of names of documents, the best first; the truth is their relevance by name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scoring.metrics.base import Array, MetricInputs, RecordInputs


def _groups(arrays: MetricInputs) -> Array:
    if arrays.groups is None:
        return np.zeros(arrays.y_true.shape[0], dtype=np.int64)
    return arrays.groups


def ndcg(arrays: MetricInputs | RecordInputs, *, k: int) -> float:
    """Return the mean over queries of NDCG@k (`k` = 0: all documents).

    Queries of equal length go to scikit-learn as one matrix. It refuses queries of one document;
    their only order is the ideal one, so they count 1, or 0 when that document is not relevant.
    """
    if isinstance(arrays, RecordInputs):
        return measured(arrays, measure="nDCG", k=k)
    from sklearn.metrics import ndcg_score

    assert arrays.y_score is not None  # noqa: S101  # checked by the registry
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


def _of_rankings(records: RecordInputs) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the relevance and the scores of documents by query, as ir-measures takes them."""
    truths: Sequence[Mapping[str, int]] = records.truths
    rankings: Sequence[Sequence[str]] = records.predictions
    names = [str(at) for at in range(len(truths))]
    falling = [-float(place) for place in range(max(map(len, rankings), default=0))]
    scores = [dict(zip(ranking, falling, strict=False)) for ranking in rankings]
    return dict(zip(names, truths, strict=True)), dict(zip(names, scores, strict=True))


def _of_rows(arrays: MetricInputs) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the same of a table. Grades may be fractions; what is measured knows relevant or not.

    The library would order equal scores by the documents' names: here those not relevant come first.
    """
    assert arrays.y_score is not None  # noqa: S101  # checked by the registry
    is_relevant, groups = arrays.y_true > 0, _groups(arrays)
    order = np.lexsort((is_relevant, -arrays.y_score, groups))
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
    grades = is_relevant[order].astype(int).tolist()
    relevance: dict[str, dict[str, int]] = {}
    scores: dict[str, dict[str, float]] = {}
    longest = int(np.diff(np.r_[starts, groups.size]).max())
    names, falling = [str(place) for place in range(longest)], [-float(place) for place in range(longest)]
    for at, (start, end) in enumerate(zip(starts.tolist(), [*starts[1:].tolist(), groups.size], strict=True)):
        relevance[str(at)] = dict(zip(names, grades[start:end], strict=False))
        scores[str(at)] = dict(zip(names, falling[: end - start], strict=False))
    return relevance, scores


def _queries(arrays: MetricInputs | RecordInputs) -> tuple[dict[str, Any], dict[str, Any]]:
    return _of_rankings(arrays) if isinstance(arrays, RecordInputs) else _of_rows(arrays)


def map_at_k(arrays: MetricInputs | RecordInputs, *, k: int) -> float:
    """Return the mean over queries of average precision among the first `k`, of `k` relevant at most."""
    relevance, scores = _queries(arrays)
    total = 0.0
    for query, grades in relevance.items():
        first = sorted(scores[query], key=scores[query].__getitem__, reverse=True)[:k]
        hits = np.array([grades.get(name, 0) > 0 for name in first], dtype=float)
        n_relevant = sum(grade > 0 for grade in grades.values())
        precision = hits.cumsum() / np.arange(1, hits.size + 1)
        total += float((precision * hits).sum()) / max(min(n_relevant, k), 1)
    return total / len(relevance)


def measured(arrays: MetricInputs | RecordInputs, *, measure: str, k: int) -> float:
    """Return a measure of ir-measures, cut at `k` documents (0: no cut); the mean over queries."""
    import ir_measures

    relevance, scores = _queries(arrays)
    base = getattr(ir_measures, measure)
    wanted = base @ k if k else base
    found = ir_measures.calc_aggregate([wanted], relevance, scores)
    return float(found[wanted])
