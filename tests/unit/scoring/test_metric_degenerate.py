"""What the catalogue says of degenerate input is what comes out, for every metric, worked by hand."""

import math

import numpy as np
import pytest

from scoring.catalogue import list_metrics
from scoring.catalogue.fit import READ_BY
from scoring.catalogue.metric import RECORD_WANTS, REFUSED, USUAL, Wants
from scoring.metrics.base import MetricInputs, RecordInputs
from scoring.registry import evaluate, evaluate_records

OF_ARRAYS = [metric for metric in list_metrics() if metric.wants not in RECORD_WANTS and not metric.scorer]
OF_RECORDS = [
    (metric, kind)
    for kind, wants in READ_BY.items()
    for metric in list_metrics()
    if metric.wants in wants and not metric.scorer
]
COLUMNS = (Wants.COLUMNS, Wants.LABEL_COLUMNS, Wants.SCORE_COLUMNS)
GROUPED = (Wants.GROUPED, Wants.GROUPED_VALUES, Wants.TRIALS)

# What is true and what is predicted, for the six columns below: one class (or one value) alone, predicted
# rightly and wrongly; two classes, the prediction always the same.
PROBES = [(0, 0), (0, 1), (1, 1), (1, 0), (None, 0), (None, 1)]
EPS = float(np.finfo(float).eps)
LN2, WORST, SURE = math.log(2), -math.log(EPS), -math.log1p(-EPS)
LAP = 6371.0088 * math.acos(math.cos(math.radians(1)) ** 2)
LEAST = math.log(1e-9)
SHARE = math.exp(-(SURE + WORST) / 2)
LIKELY, TAIL = -math.log(math.sqrt(2) * 70), math.sqrt(2) / 70
X = None  # undefined, with the reason that is documented

BY_FORMULA = {
    (1, 0, 1, 0, 1 / 2, 1 / 2): """accuracy balanced_accuracy f1_micro precision_micro recall_micro
        fbeta_micro recall_macro recall_weighted multilabel_subset_accuracy pass_at_k soft_accuracy""",
    (0, 1, 0, 1, 1 / 2, 1 / 2): """error_rate multilabel_hamming_loss brier ece mce rmsce mae mse median_ae
        angular_error""",
    (1, 0, 1, 0, 1 / 3, 1 / 3): "f1_macro f1_weighted jaccard_micro",
    (1, 0, 1, 0, 5 / 18, 5 / 18): "fbeta_macro fbeta_weighted",
    (1, 0, 1, 0, 1 / 4, 1 / 4): "precision_macro precision_weighted jaccard_macro jaccard_weighted",
    (0, 0, 1, 0, 0, 2 / 3): """f1_binary probabilistic_f1 multilabel_f1_micro
        multilabel_f1_macro""",
    (0, 0, 1, 0, 0, 5 / 9): "fbeta_binary",
    (0, 0, 1, 0, 0, 1 / 2): """precision jaccard_binary multilabel_f1_samples multilabel_jaccard_micro
        multilabel_jaccard_macro multilabel_jaccard_samples""",
    (0, 0, 1, 0, 0, 1): "recall",
    (0, 0, 0, 0, 0, 0): "mcc",
    (1 / 2, 0, 1, 0, 1 / 4, 7 / 12): "acc_and_f1",
    (X, X, X, X, 0, 0): """balanced_accuracy_adjusted cohen_kappa cohen_kappa_linear cohen_kappa_quadratic
        gini_normalized explained_variance d2_absolute_error""",
    (1, 1, 1, 1, 1, 1): "top_k_accuracy multilabel_lrap",
    (X, X, X, X, 1 / 2, 1 / 2): """roc_auc partial_auc roc_auc_ovr average_precision multilabel_roc_auc
        multilabel_average_precision concordance_index bias_auc""",
    (X, X, X, X, 0.82 / 1.4, 0.82 / 1.4): "weighted_auc",
    (X, X, X, X, 2 * SHARE - 1, 2 * SHARE - 1): "pac",
    (LIKELY, LIKELY - TAIL, LIKELY, LIKELY - TAIL, LIKELY - TAIL / 2, LIKELY - TAIL / 2): (
        "laplace_log_likelihood"
    ),
    (X, X, 1, 1, 1, 1): "multilabel_lwlrap recall_at_k success_at_k",
    (SURE, WORST, SURE, WORST, (SURE + WORST) / 2, (SURE + WORST) / 2): "log_loss multilabel_log_loss",
    (0, 15 * math.log(10), 0, 15 * math.log(10), 7.5 * math.log(10), 7.5 * math.log(10)): "kl_divergence",
    (X, X, X, X, -1, -1): "brier_skill r2",
    (X, X, X, X, 1 - (SURE + WORST) / 2 / LN2, 1 - (SURE + WORST) / 2 / LN2): "d2_log_loss",
    (0, 1, 0, 1, math.sqrt(0.5), math.sqrt(0.5)): "rmse mcrmse",
    (X, X, X, X, math.sqrt(0.5), math.sqrt(0.5)): "nrmse",
    (X, X, X, X, 2, 2): "relative_squared_error",
    (X, X, 0, 1, X, X): "mape rmspe",
    (0, 2, 0, 2, 1, 1): "smape",
    (0, LN2, 0, LN2, LN2 / math.sqrt(2), LN2 / math.sqrt(2)): "rmsle mcrmsle",
    (0, 1, 0, 1, 1, 1): "max_error",
    (0, 1 / 2, 0, 1 / 2, 1 / 4, 1 / 4): "pinball",
    (X, 2, 0, X, X, 1): "poisson_deviance",
    (X, X, 0, X, X, X): "gamma_deviance",
    (X, X, X, X, X, X): """pearson spearman kendall concordance_correlation pearson_and_spearman
        mean_column_spearman""",
    (LEAST, 0, LEAST, 0, -LN2, -LN2): "log_mae",
    (0, LAP, 0, LAP, LAP / 2, LAP / 2): "haversine_mean haversine_p50",
    (0, LAP, 0, LAP, LAP, LAP): "haversine_p95",
    (X, X, 1, 1, (1 + 1 / math.log2(3)) / 2, (1 + 1 / math.log2(3)) / 2): "ndcg",
    (X, X, 1, 1, 1 / 2, 1 / 2): "mrr map map_at_k",
    (X, X, 1 / 5, 1 / 5, 1 / 10, 1 / 10): "precision_at_k",
}
EXPECTED = {name: values for values, names in BY_FORMULA.items() for name in names.split()}


def arrays_of(metric, truths, predictions):
    """Return inputs of the metric's kind; several columns are all alike, or the shares of two classes."""
    y_true, y_pred = np.array(truths, dtype=float), np.array(predictions, dtype=float)
    if metric.name == "kl_divergence":
        y_true, y_pred = np.column_stack([1 - y_true, y_true]), np.column_stack([1 - y_pred, y_pred])
    elif metric.wants in COLUMNS:
        y_true, y_pred = np.column_stack([y_true, y_true]), np.column_stack([y_pred, y_pred])
    elif metric.wants is Wants.SPREAD:
        y_true, y_pred = y_true.reshape(-1, 1), np.column_stack([y_pred, y_pred])
    elif metric.wants is Wants.SUBGROUPS:
        y_true = np.column_stack([y_true, np.arange(len(truths)) < len(truths) / 2])
    elif metric.wants is Wants.TIMES:
        y_true = np.column_stack([y_true, np.ones_like(y_true)])
    groups = np.arange(len(truths)) * 2 // max(len(truths), 1) if metric.wants in GROUPED else None
    has_codes = metric.wants in (Wants.LABELS, Wants.TRIALS) and bool(np.isfinite(y_pred).all())
    codes = y_pred.astype(int) if has_codes else None
    if metric.wants in (Wants.LABELS, Wants.TRIALS, Wants.SCORES):
        y_true = y_true.astype(int)
    return MetricInputs(y_true, y_pred=codes, y_score=y_pred, groups=groups)


def said_by(found):
    return found.value if found.value is not None else f"undefined ({found.reason})"


def agrees(documented, found, metric):
    """Whether what came out is what the catalogue says of it."""
    if documented.startswith("undefined"):
        return said_by(found) == documented
    if found.value is None:  # some other precondition, which the catalogue names too
        return any(said_by(found) in words for words in metric.degenerate.values())
    try:
        return found.value == pytest.approx(float(documented), abs=1e-12)
    except ValueError:
        return True  # words, as "by the formula": the number is checked by hand


def test_all_are_worked_by_hand():
    assert set(EXPECTED) == {metric.name for metric in OF_ARRAYS}
    assert len(EXPECTED) == sum(len(names.split()) for names in BY_FORMULA.values())


@pytest.mark.parametrize("metric", OF_ARRAYS, ids=lambda metric: metric.name)
def test_arrays(metric):
    documented = metric.degenerate
    for (truth, prediction), expected in zip(PROBES, EXPECTED[metric.name], strict=True):
        truths = [0, 1, 0, 1] if truth is None else [truth] * 4
        found = evaluate(metric.name, arrays_of(metric, truths, [prediction] * 4))
        case = f"{truths} {prediction}: {said_by(found)}"
        if expected is None:
            assert found.value is None, case
        else:
            assert found.value == pytest.approx(expected, rel=1e-9, abs=1e-12), case
        key = "constant prediction" if truth is None else "single class"
        assert agrees(documented[key], found, metric), f"{case}, documented {documented[key]}"
    assert documented["constant target"] == documented["single class"]
    for key, wrong in (("nan", math.nan), ("infinite", math.inf), ("infinite", -math.inf)):
        assert said_by(evaluate(metric.name, arrays_of(metric, [0, 1], [wrong, 1]))) == documented[key]
    assert said_by(evaluate(metric.name, arrays_of(metric, [], []))) == documented["empty"]


BOX = (0.0, 0.0, 2.0, 2.0, "cat", 0.9)
# Kind → a truth, its right answer, the truth of nothing, the answer that says nothing.
VALUES = {
    "text": (("the cat sat down",), "the cat sat down", ("",), ""),
    "texts": (("a",), ("a",), ("",), ()),
    "spans": (((0, 2, "PER"),), ((0, 2, "PER"),), (), ()),
    "tags": (("B-PER", "I-PER"), ("B-PER", "I-PER"), ("O", "O"), ("O", "O")),
    "boxes": ((BOX,), (BOX,), (), ()),
    "mask": ({"size": (2, 2), "counts": (0, 2, 2)},) * 2 + ({"size": (2, 2), "counts": (4,)},) * 2,
    "ranking": ({"a": 1}, ("a",), {}, ()),
}
LENGTHS = {"mean length of the shortest references": 16.0, "mean length of the answers": 16.0}
LENGTHS["the picture's diagonal"] = math.sqrt(8)


@pytest.mark.parametrize(("metric", "kind"), OF_RECORDS, ids=lambda one: getattr(one, "name", one))
def test_records(metric, kind):
    truth, answer, no_truth, blank = VALUES[kind]

    def said(truths, answers):
        return said_by(evaluate_records(metric.name, RecordInputs(kind, truths, answers)))

    assert said([], []) == metric.degenerate["empty"]
    good = metric.bounds[1] if metric.higher_is_better else metric.bounds[0]
    assert said([truth] * 10, [answer] * 10) == pytest.approx(
        0.1 if metric.name == "precision_at_k" else good
    )
    if metric.wants is Wants.GROUPED:
        assert said([truth], [blank]) == 0.0
        assert said([no_truth], [answer]) == metric.degenerate["nothing relevant"]
        return
    for documented, found in (
        (metric.on_blank, said([truth] * 2, [blank] * 2)),
        (metric.on_no_truth, said([no_truth] * 2, [answer] * 2)),
        (metric.on_neither, said([no_truth] * 2, [blank] * 2)),
    ):
        if documented.startswith("undefined"):
            assert found == documented
        elif documented != REFUSED:
            assert found == pytest.approx(LENGTHS[documented] if documented in LENGTHS else float(documented))


@pytest.mark.parametrize("metric", list_metrics(), ids=lambda metric: f"{metric.scorer}-{metric.name}")
def test_all_is_documented(metric):
    assert metric.formula and metric.source and metric.unit and metric.bounds[0] < metric.bounds[1]
    kinds = set(metric.degenerate)
    if metric.wants is Wants.MEASURED:
        assert kinds == {"not measured"}
        return
    assert {"empty", "nan", "infinite", "single class", "constant prediction"} <= kinds
    assert all(metric.degenerate.values())
    assert USUAL not in {metric.degenerate[kind] for kind in ("empty", "nan", "infinite")}
