"""Every metric of the registry: same numbers as the library, hand-worked values, degenerate input."""

import math
from functools import partial

import numpy as np
import pytest
import sklearn.metrics as skm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scoring.catalogue import find_metric, list_metrics
from scoring.catalogue.metric import Family, Wants
from scoring.errors import ScorerMisconfigured
from scoring.metrics.base import MetricInputs
from scoring.metrics.probabilistic import _mann_whitney
from scoring.registry import evaluate

RNG = np.random.default_rng(5)
N = 300
Y2 = RNG.integers(0, 2, N)
P2 = np.round(np.clip(0.3 * Y2 + 0.7 * RNG.random(N), 0.01, 0.99), 2)  # rounded: with ties
Y4 = RNG.integers(0, 4, N)
P4 = RNG.dirichlet(np.ones(4), N)
C4 = P4.argmax(axis=1)
YR = RNG.gamma(2.0, size=N) + 0.1
PR = YR + RNG.normal(size=N) * 0.05 + 0.1
H2 = (P2 >= 0.5).astype(int)

CHANCE = math.exp(-stats.entropy([1 - Y2.mean(), Y2.mean()]))

BINARY = MetricInputs(y_true=Y2, y_score=P2)
MULTI = MetricInputs(y_true=Y4, y_score=P4, n_classes=4)
REAL = MetricInputs(y_true=YR, y_score=PR)
OF_CODES = (Wants.LABELS, Wants.TRIALS)
OF_ROWS = (*OF_CODES, Wants.SCORES, Wants.VALUES, Wants.GROUPED, Wants.GROUPED_VALUES)
COMPUTED = [metric for metric in list_metrics() if metric.wants in OF_ROWS]

OF_RANKINGS = {"map", "precision_at_k", "recall_at_k", "success_at_k"}
Y_HALF, P_HALF = np.array([1, 0, 1]), np.array([0.9, 0.5, 0.1])  # one positive first, one last
TWO_QUERIES = MetricInputs(
    np.array([0, 1, 1, 0]), y_score=np.array([0.9, 0.5, 0.8, 0.1]), groups=np.array([0, 0, 1, 1])
)


def averaged(function):
    return {
        "": lambda: function(Y2, H2),
        "_macro": lambda: function(Y4, C4, average="macro"),
        "_micro": lambda: function(Y4, C4, average="micro"),
        "_weighted": lambda: function(Y4, C4, average="weighted"),
    }


PARITY = {
    "accuracy": (MULTI, lambda: skm.accuracy_score(Y4, C4)),
    "balanced_accuracy": (MULTI, lambda: skm.balanced_accuracy_score(Y4, C4)),
    "mcc": (MULTI, lambda: skm.matthews_corrcoef(Y4, C4)),
    "cohen_kappa": (MULTI, lambda: skm.cohen_kappa_score(Y4, C4)),
    "cohen_kappa_linear": (MULTI, lambda: skm.cohen_kappa_score(Y4, C4, weights="linear")),
    "cohen_kappa_quadratic": (MULTI, lambda: skm.cohen_kappa_score(Y4, C4, weights="quadratic")),
    "roc_auc": (BINARY, lambda: skm.roc_auc_score(Y2, P2)),
    "roc_auc_ovr": (MULTI, lambda: skm.roc_auc_score(Y4, P4, multi_class="ovr")),
    "average_precision": (BINARY, lambda: skm.average_precision_score(Y2, P2)),
    "log_loss": (MULTI, lambda: skm.log_loss(Y4, P4)),
    "brier": (BINARY, lambda: skm.brier_score_loss(Y2, P2)),
    "error_rate": (MULTI, lambda: skm.zero_one_loss(Y4, C4)),
    "balanced_accuracy_adjusted": (MULTI, lambda: skm.balanced_accuracy_score(Y4, C4, adjusted=True)),
    "acc_and_f1": (BINARY, lambda: (skm.accuracy_score(Y2, H2) + skm.f1_score(Y2, H2)) / 2),
    "gini_normalized": (BINARY, lambda: 2 * skm.roc_auc_score(Y2, P2) - 1),
    "partial_auc": (BINARY, lambda: skm.roc_auc_score(Y2, P2, max_fpr=0.1)),
    "brier_skill": (BINARY, lambda: skm.d2_brier_score(Y2, P2)),
    "d2_log_loss": (MULTI, lambda: skm.d2_log_loss_score(Y4, P4)),
    "nrmse": (REAL, lambda: skm.root_mean_squared_error(YR, PR) / np.ptp(YR)),
    "relative_squared_error": (REAL, lambda: 1 - skm.r2_score(YR, PR)),
    "smape": (REAL, lambda: np.mean(2 * np.abs(YR - PR) / (np.abs(YR) + np.abs(PR)))),
    "max_error": (REAL, lambda: skm.max_error(YR, PR)),
    "pinball": (REAL, lambda: skm.mean_pinball_loss(YR, PR)),
    "poisson_deviance": (REAL, lambda: skm.mean_poisson_deviance(YR, PR)),
    "gamma_deviance": (REAL, lambda: skm.mean_gamma_deviance(YR, PR)),
    "explained_variance": (REAL, lambda: skm.explained_variance_score(YR, PR)),
    "d2_absolute_error": (REAL, lambda: skm.d2_absolute_error_score(YR, PR)),
    "concordance_correlation": (
        REAL,
        lambda: 2 * np.cov(YR, PR)[0, 1] / (YR.var(ddof=1) + PR.var(ddof=1) + (YR.mean() - PR.mean()) ** 2),
    ),
    "pearson_and_spearman": (
        REAL,
        lambda: (stats.pearsonr(YR, PR).statistic + stats.spearmanr(YR, PR).statistic) / 2,
    ),
    "log_mae": (REAL, lambda: np.log(skm.mean_absolute_error(YR, PR))),
    "mae": (REAL, lambda: skm.mean_absolute_error(YR, PR)),
    "mse": (REAL, lambda: skm.mean_squared_error(YR, PR)),
    "rmse": (REAL, lambda: skm.root_mean_squared_error(YR, PR)),
    "mape": (REAL, lambda: skm.mean_absolute_percentage_error(YR, PR)),
    "rmsle": (REAL, lambda: skm.root_mean_squared_log_error(YR, PR)),
    "median_ae": (REAL, lambda: skm.median_absolute_error(YR, PR)),
    "r2": (REAL, lambda: skm.r2_score(YR, PR)),
    "pearson": (REAL, lambda: stats.pearsonr(YR, PR).statistic),
    "spearman": (REAL, lambda: stats.spearmanr(YR, PR).statistic),
    "kendall": (REAL, lambda: stats.kendalltau(YR, PR).statistic),
    "rmspe": (REAL, lambda: np.sqrt(np.mean(((YR - PR) / YR) ** 2))),
    "soft_accuracy": (MULTI, P4[np.arange(N), Y4].mean),
    "probabilistic_f1": (BINARY, lambda: 2 * (P2 * Y2).sum() / (P2.sum() + Y2.sum())),
    "pac": (BINARY, lambda: (math.exp(-skm.log_loss(Y2, P2)) - CHANCE) / (1 - CHANCE)),
    "ndcg": (REAL, lambda: skm.ndcg_score([YR], [PR])),
}
for which, function in (
    ("f1", skm.f1_score),
    ("precision", skm.precision_score),
    ("recall", skm.recall_score),
    ("jaccard", skm.jaccard_score),
    ("fbeta", partial(skm.fbeta_score, beta=0.5)),
):
    for suffix, expected in averaged(function).items():
        name = which + (suffix or ("" if which in ("precision", "recall") else "_binary"))
        PARITY[name] = (MULTI if suffix else BINARY, expected)


@pytest.mark.parametrize("name", sorted(PARITY))
def test_same_number_as_the_library(name):
    arrays, expected = PARITY[name]
    evaluation = evaluate(name, arrays)
    assert evaluation.reason == ""
    assert evaluation.value == pytest.approx(expected(), rel=1e-12, abs=1e-15)


def test_every_computed_metric_is_compared_or_worked_by_hand():
    by_hand = {"top_k_accuracy", "ece", "mce", "mrr", "pass_at_k", "rmsce", "weighted_auc", "map_at_k"}
    by_hand |= OF_RANKINGS
    assert {metric.name for metric in COMPUTED} == set(PARITY) | by_hand


@pytest.mark.parametrize(
    ("name", "arrays", "params", "expected"),
    [
        ("accuracy", MetricInputs(np.array([0, 1, 1, 0]), y_pred=np.array([0, 1, 0, 0])), {}, 0.75),
        # TP 1, FP 0, FN 1: P = 1, R = 1/2
        ("f1_binary", MetricInputs(np.array([0, 1, 1, 0]), y_pred=np.array([0, 1, 0, 0])), {}, 2 / 3),
        # of the four pairs (positive, negative) one is a tie and one is lost
        ("roc_auc", MetricInputs(np.array([0, 0, 1, 1]), y_score=np.array([0.1, 0.5, 0.5, 0.3])), {}, 0.625),
        ("log_loss", MetricInputs(np.array([1, 0]), y_score=np.array([0.5, 0.5])), {}, math.log(2)),
        ("brier", MetricInputs(np.array([1, 0]), y_score=np.array([0.5, 0.0])), {}, 0.125),
        ("mae", MetricInputs(np.array([1.0, 2.0]), y_score=np.array([2.0, 4.0])), {}, 1.5),
        ("rmse", MetricInputs(np.array([0.0, 0.0]), y_score=np.array([3.0, 4.0])), {}, math.sqrt(12.5)),
        ("r2", MetricInputs(np.array([1.0, 3.0]), y_score=np.array([2.0, 2.0])), {}, 0.0),
        ("rmsle", MetricInputs(np.array([0.0]), y_score=np.array([math.e - 1])), {}, 1.0),
        (
            "top_k_accuracy",
            MetricInputs(
                np.array([0, 1, 2]), y_score=np.array([[3.0, 2, 1], [3, 2, 1], [3, 2, 1]]), n_classes=3
            ),
            {"k": 2},
            2 / 3,
        ),
        # One bin [0.6, 0.667): confidence 0.65, half of it right; the other is empty.
        ("ece", MetricInputs(np.array([1, 0]), y_score=np.array([0.65, 0.65])), {}, 0.15),
        # First relevant at rank 2 in query 0 and at rank 1 in query 1.
        (
            "mrr",
            MetricInputs(
                np.array([0, 1, 1, 0]),
                y_score=np.array([0.9, 0.5, 0.8, 0.1]),
                groups=np.array([0, 0, 1, 1]),
            ),
            {},
            0.75,
        ),
        # Scores below 0 order as others do; of equal ones what is not relevant stands first.
        ("mrr", MetricInputs(np.array([0, 1, 0]), y_score=np.array([-1.0, -2.0, -3.0])), {}, 0.5),
        ("map", MetricInputs(np.array([0, 1, 0]), y_score=np.array([3.0, 1.0, 1.0])), {}, 1 / 3),
        ("rmsce", MetricInputs(np.array([1, 0]), y_score=np.array([0.65, 0.65])), {}, 0.15),
        # All of the curve lies at a false positive rate of 0 up to a half: 0.5 * 2 over 0.5 * 2 + 0.5.
        ("weighted_auc", MetricInputs(Y_HALF, y_score=P_HALF), {"split": 0.5}, 1 / 1.5),
        ("weighted_auc", BINARY, {"weight": 1.0}, skm.roc_auc_score(Y2, P2)),
        # Two are relevant, one is looked at and right: divided by one.
        ("map_at_k", MetricInputs(np.array([1, 1]), y_score=np.array([0.9, 0.1])), {"k": 1}, 1.0),
        ("map_at_k", TWO_QUERIES, {}, 0.75),
        (
            "probabilistic_f1",
            MetricInputs(np.array([1, 0]), y_score=np.array([0.5, 0.5])),
            {"beta": 2.0},
            0.5,
        ),
        ("nrmse", MetricInputs(np.array([1.0, 3.0]), y_score=np.array([2.0, 2.0])), {"by": "mean"}, 0.5),
        ("nrmse", MetricInputs(np.array([1.0, 3.0]), y_score=np.array([2.0, 2.0])), {"by": "sd"}, 1.0),
        ("mce", MetricInputs(np.array([1, 0]), y_score=np.array([0.65, 0.65])), {}, 0.15),
        # Of two queries the first has its relevant document second, the second first.
        *(
            (name, TWO_QUERIES, params, expected)
            for name, params, expected in (
                ("map", {}, 0.75),
                ("precision_at_k", {"k": 1}, 0.5),
                ("recall_at_k", {"k": 1}, 0.5),
                ("success_at_k", {"k": 2}, 1.0),
            )
        ),
        # Grades may be fractions: the first of both is relevant, and stands first.
        ("map", MetricInputs(np.array([0.5, 0.0]), y_score=np.array([0.9, 0.1])), {}, 1.0),
        # Task 0: one of two right, so each single attempt has a half; task 1: none.
        (
            "pass_at_k",
            MetricInputs(np.ones(4, int), y_pred=np.array([1, 0, 0, 0]), groups=np.array([0, 0, 1, 1])),
            {},
            0.25,
        ),
        (
            "pass_at_k",
            MetricInputs(np.ones(4, int), y_pred=np.array([1, 0, 0, 0]), groups=np.array([0, 0, 1, 1])),
            {"k": 2},
            0.5,
        ),
        # Query 0 swaps its two documents: 1/log2(3); query 1 has one relevant document: 1.
        (
            "ndcg",
            MetricInputs(np.array([0, 1, 1]), y_score=np.array([0.9, 0.5, 0.8]), groups=np.array([0, 0, 1])),
            {},
            (1 / math.log2(3) + 1) / 2,
        ),
        ("cohen_kappa", MetricInputs(np.array([0, 0, 1, 1]), y_pred=np.array([0, 1, 1, 1])), {}, 0.5),
        ("kendall", MetricInputs(np.array([1.0, 2, 3]), y_score=np.array([1.0, 3, 2])), {}, 1 / 3),
    ],
)
def test_hand_worked(name, arrays, params, expected):
    assert evaluate(name, arrays, params).value == pytest.approx(expected, rel=1e-6)


def inputs_for(metric, y_true, prediction):
    """Return inputs whose prediction is of the kind the metric reads."""
    if metric.wants in OF_CODES:
        return MetricInputs(y_true=y_true, y_pred=prediction)
    return MetricInputs(y_true=y_true, y_score=np.asarray(prediction, dtype=np.float64))


@pytest.mark.parametrize("metric", COMPUTED, ids=lambda metric: metric.name)
class TestDegenerate:
    def test_empty(self, metric):
        evaluation = evaluate(metric.name, inputs_for(metric, np.zeros(0, int), np.zeros(0, int)))
        assert (evaluation.value, evaluation.reason) == (None, "empty")

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_not_finite(self, metric, bad):
        score = np.array([0.2, bad, 0.7])
        evaluation = evaluate(metric.name, MetricInputs(np.array([0, 1, 1]), y_score=score))
        assert (evaluation.value, evaluation.reason) == (None, "non-finite-input")

    def test_one_row(self, metric):
        evaluation = evaluate(metric.name, inputs_for(metric, np.array([1]), np.array([1])))
        assert (evaluation.value is None) == bool(evaluation.reason)

    def test_huge_values_never_give_nan(self, metric):
        score = np.array([1e308, -1e308, 1e308, 0.0])
        evaluation = evaluate(metric.name, MetricInputs(np.array([0, 1, 1, 0]), y_score=score))
        assert evaluation.value is None or math.isfinite(evaluation.value)

    def test_is_documented(self, metric):
        assert metric.formula
        assert metric.source
        assert metric.bounds[0] < metric.bounds[1]

    def test_a_perfect_prediction_is_at_the_good_end(self, metric):
        if metric.name == "precision_at_k":  # two relevant rows cannot fill ten places
            return
        y_true = np.array([1, 2, 3, 4]) if metric.family is Family.REGRESSION else np.array([0, 1, 0, 1])
        value = evaluate(metric.name, inputs_for(metric, y_true, y_true)).value
        assert value == pytest.approx(metric.bounds[1] if metric.higher_is_better else metric.bounds[0])

    def test_row_order_does_not_matter(self, metric):
        y_true, prediction = (YR, PR) if metric.family is Family.REGRESSION else (Y2, H2)
        order = np.random.default_rng(1).permutation(N)
        once = evaluate(metric.name, inputs_for(metric, y_true, prediction)).value
        again = evaluate(metric.name, inputs_for(metric, y_true[order], prediction[order])).value
        assert again == pytest.approx(once, rel=1e-9)


def random_arrays(metric):
    """Return a strategy for inputs of the metric's kind, degenerate ones included."""
    n = st.integers(0, 8)
    number = st.one_of(st.floats(width=64), st.floats(0, 1))

    def build(size):
        truths = st.lists(st.integers(0, 1), min_size=size, max_size=size)
        predictions = st.integers(-1, 3) if metric.wants in OF_CODES else number
        return st.tuples(truths, st.lists(predictions, min_size=size, max_size=size))

    return n.flatmap(build)


@pytest.mark.parametrize("metric", COMPUTED, ids=lambda metric: metric.name)
def test_never_raises_and_never_gives_nan(metric):
    @settings(max_examples=40, deadline=None)
    @given(random_arrays(metric))
    def check(pair):
        y_true, prediction = np.array(pair[0], dtype=int), pair[1]
        prediction = np.array(prediction, dtype=int if metric.wants in OF_CODES else float)
        evaluation = evaluate(metric.name, inputs_for(metric, y_true, prediction))
        assert (evaluation.value is None) == bool(evaluation.reason)
        assert evaluation.value is None or math.isfinite(evaluation.value)

    check()


def test_rank_metrics_ignore_monotone_maps():
    for name in ("roc_auc", "average_precision"):
        squared = MetricInputs(Y2, y_score=P2**3)
        assert evaluate(name, squared).value == pytest.approx(evaluate(name, BINARY).value)


def test_reversed_scores_mirror_the_auc():
    reversed_score = MetricInputs(Y2, y_score=1 - P2)
    assert evaluate("roc_auc", reversed_score).value == pytest.approx(1 - evaluate("roc_auc", BINARY).value)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=60))
def test_large_form_of_auc_is_the_same_number(rows):
    y_true = np.array([truth for truth, _ in rows])
    score = np.array([score / 5 for _, score in rows])
    if y_true.min() != y_true.max():
        assert _mann_whitney(y_true, score) == pytest.approx(skm.roc_auc_score(y_true, score), abs=1e-12)


def test_row_means_in_parts_are_the_same_number(monkeypatch):
    monkeypatch.setattr("scoring.registry.MAX_ROWS_WHOLE", 50)
    monkeypatch.setattr("scoring.registry.PART_ROWS", 47)
    for metric in COMPUTED:
        if metric.is_row_mean and metric.name in PARITY:
            arrays, expected = PARITY[metric.name]
            assert evaluate(metric.name, arrays).value == pytest.approx(expected(), rel=1e-12)


def test_threshold_moves_the_border_between_classes():
    arrays = MetricInputs(np.array([0, 1, 1]), y_score=np.array([0.2, 0.3, 0.9]))
    assert evaluate("accuracy", arrays).value == pytest.approx(2 / 3)
    assert evaluate("accuracy", arrays, {"threshold": 0.25}).value == 1.0


@pytest.mark.parametrize(
    ("name", "arrays", "params"),
    [
        ("no_such_metric", BINARY, {}),
        ("accuracy", BINARY, {"depth": 3}),
        ("top_k_accuracy", MULTI, {"k": 2.5}),
        ("accuracy", BINARY, {"threshold": "high"}),
        ("roc_auc", MULTI, {}),
        ("mae", MULTI, {}),
        ("roc_auc", MetricInputs(Y2, y_pred=H2), {}),
        ("accuracy", MetricInputs(Y2, y_pred=H2[:-1]), {}),
        ("parameters", BINARY, {}),
    ],
)
def test_organizers_mistakes_are_errors(name, arrays, params):
    with pytest.raises(ScorerMisconfigured):
        evaluate(name, arrays, params)


def test_probabilities_must_be_probabilities():
    over = MetricInputs(np.array([0, 1]), y_score=np.array([0.5, 1.5]))
    assert evaluate("log_loss", over).reason == "not-a-probability"
    rows = MetricInputs(np.array([0, 1]), y_score=np.array([[0.5, 0.2], [0.1, 0.2]]))
    assert evaluate("log_loss", rows).reason == "rows-do-not-sum-to-one"


def test_class_absent_from_the_split_makes_ovr_undefined():
    arrays = MetricInputs(np.array([0, 1, 0]), y_score=P4[:3, :3], n_classes=3)
    assert evaluate("roc_auc_ovr", arrays).reason == "class-absent"


def test_auc_above_a_million_rows_takes_the_other_road():
    n = 1_000_001
    y_true = np.arange(n) % 2
    arrays = MetricInputs(y_true, y_score=(np.arange(n) % 1000) / 1000)
    expected = skm.roc_auc_score(y_true, arrays.y_score)
    assert evaluate("roc_auc", arrays).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["brier", "ece", "roc_auc_ovr"])
def test_matrix_and_column_forms_exist(name):
    from torch import as_tensor
    from torchmetrics.functional.classification import multiclass_calibration_error

    expected = {
        "brier": skm.brier_score_loss(Y4, P4, labels=range(4)),
        "ece": float(multiclass_calibration_error(as_tensor(P4), as_tensor(Y4), 4, n_bins=15)),
        "roc_auc_ovr": skm.roc_auc_score(Y4, P4, multi_class="ovr"),
    }
    assert evaluate(name, MULTI).value == pytest.approx(expected[name])
    assert 0 <= evaluate(name, BINARY).value <= 1


def test_directions():
    lower = {metric.name for metric in list_metrics() if not metric.higher_is_better}
    assert lower == {
        "log_loss", "brier", "ece", "mce", "mae", "mse", "rmse", "mape", "rmsle", "median_ae",
        "rmsce", "rmspe", "angular_error", "ospa", "hausdorff",
        "error_rate", "nrmse", "relative_squared_error", "smape", "max_error", "pinball", "log_mae",
        "poisson_deviance", "gamma_deviance", "mcrmse", "mcrmsle", "kl_divergence",
        "multilabel_hamming_loss", "multilabel_log_loss",
        "haversine_mean", "haversine_p50", "haversine_p95",
        "ter", "wer", "cer", "levenshtein", "errors",
        "parameters", "size_bytes", "latency_ms_p50", "latency_ms_p95", "latency_ms_p99",
    }  # fmt: skip
    assert find_metric("tests_passed").higher_is_better
