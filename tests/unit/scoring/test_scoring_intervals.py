"""Intervals by the bootstrap: replicates are the metric of rows drawn anew, and cover what they promise."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scoring_cases import Job, csv_of

from scoring.__main__ import _explained, score
from scoring.catalogue import find_metric, list_metrics
from scoring.catalogue.metric import Wants
from scoring.contract import BootstrapRequest, MetricRequest, MetricValue, NoInterval, ScoringRequest
from scoring.custom import Result
from scoring.derived import derive, inputs_of
from scoring.intervals.curves import areas
from scoring.intervals.estimate import Bootstrap, with_interval
from scoring.intervals.means import with_mean_interval
from scoring.intervals.resampled import is_affordable
from scoring.intervals.resampling import MAX_UNITS, draw
from scoring.intervals.summary import summarised
from scoring.metrics.base import MetricInputs, RecordInputs
from scoring.registry import evaluate, evaluate_records
from scoring.scorers import Places

RNG = np.random.default_rng(11)
N = 80
Y2 = RNG.integers(0, 2, N)
P2 = np.round(np.clip(0.3 * Y2 + 0.7 * RNG.random(N), 0.01, 0.99), 1)  # rounded: with ties
Y4, P4 = RNG.integers(0, 4, N), RNG.dirichlet(np.ones(4), N)
YR = RNG.gamma(2.0, size=N) + 0.1
L3, S3, D3 = RNG.integers(0, 2, (N, 3)), RNG.random((N, 3)), RNG.dirichlet(np.ones(3), N)
BINARY, MULTI = MetricInputs(Y2, y_score=P2), MetricInputs(Y4, y_score=P4, n_classes=4)
REAL = MetricInputs(YR, y_score=YR + RNG.normal(size=N) * 0.05 + 0.1)
COLUMNS, SHARES = MetricInputs(L3, y_score=S3), MetricInputs(D3, y_score=D3[::-1])
GROUPED = MetricInputs(Y2, y_score=P2, groups=np.arange(N) // 5)
OF_SUMS = [
    *(
        (name, BINARY)
        for name in ("accuracy", "error_rate", "log_loss", "brier", "roc_auc", "gini_normalized")
    ),
    *(
        (name, BINARY)
        for name in ("average_precision", "f1_binary", "fbeta_binary", "precision", "acc_and_f1")
    ),
    *(
        (name, MULTI)
        for name in ("log_loss", "brier", "balanced_accuracy", "balanced_accuracy_adjusted", "mcc")
    ),
    *(
        (f"{which}_{how}", MULTI)
        for which in ("f1", "recall", "jaccard")
        for how in ("macro", "micro", "weighted")
    ),
    *((name, MULTI) for name in ("cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic")),
    *(
        (name, REAL)
        for name in ("mae", "mse", "mape", "smape", "pinball", "poisson_deviance", "gamma_deviance")
    ),
    *((name, REAL) for name in ("rmse", "rmsle", "r2", "relative_squared_error", "explained_variance")),
    *((name, REAL) for name in ("pearson", "concordance_correlation")),
    *((name, COLUMNS) for name in ("multilabel_subset_accuracy", "multilabel_hamming_loss")),
    ("kl_divergence", SHARES),
]


def bootstrapped(name, inputs, *, n_rows=None, n_replicates=20, seed=3, keys=("m",), params=None):
    """Return the metric `name` as a report has it, with key `m`."""
    compute = evaluate if isinstance(inputs, MetricInputs) else evaluate_records
    evaluation = compute(name, inputs, params or {})
    value = MetricValue(key="m", split="public", value=evaluation.value, higher_is_better=True)
    n_rows = n_rows or len(inputs.y_true if isinstance(inputs, MetricInputs) else inputs.truths)
    drawn = draw(n_rows, n_replicates=n_replicates, seed=seed, split="public")
    asked = BootstrapRequest(n_replicates=n_replicates, keys_of_replicates=keys)
    return with_interval(value, name, inputs, params or {}, Bootstrap(asked, drawn))


@pytest.mark.parametrize(("name", "inputs"), OF_SUMS, ids=lambda one: one if isinstance(one, str) else "")
def test_a_replicate_is_the_metric_of_the_rows_drawn(name, inputs):
    weights = draw(N, n_replicates=20, seed=3, split="public").weights
    found = bootstrapped(name, inputs).replicates
    for replicate, weight in list(zip(found, weights, strict=True))[:4]:
        rows = np.repeat(np.arange(N), weight.astype(int))
        again = MetricInputs(
            y_true=inputs.y_true[rows], y_score=inputs.y_score[rows], n_classes=inputs.n_classes
        )
        assert replicate == pytest.approx(evaluate(name, again).value, rel=1e-9, abs=1e-12)


def test_every_metric_has_an_interval_or_says_why_not():
    shapes = {
        Wants.SCORES: MULTI, Wants.LABELS: MULTI, Wants.VALUES: REAL, Wants.COLUMNS: SHARES,
        Wants.GROUPED: GROUPED, Wants.GROUPED_VALUES: GROUPED, Wants.LABEL_COLUMNS: COLUMNS,
        Wants.SCORE_COLUMNS: COLUMNS,
        Wants.TRIALS: MetricInputs(Y2, y_pred=(P2 > 0.5).astype(int), groups=GROUPED.groups),
        Wants.TIMES: MetricInputs(np.column_stack([YR, Y2]), y_score=P2),
    }  # fmt: skip
    for metric in list_metrics():
        if metric.scorer or metric.wants not in shapes:
            continue
        inputs = BINARY if metric.binary_only else shapes[metric.wants]
        inputs = MetricInputs(RNG.random((N, 2)), y_score=S3[:, :2]) if metric.n_columns == 2 else inputs
        primary = bootstrapped(metric.name, inputs)
        assert (primary.interval is None) == (metric.name in {"max_error", "mce", "nrmse"}), metric.name
        other = bootstrapped(metric.name, inputs, keys=())
        assert not other.replicates
        if other.interval is None:
            assert other.no_interval in {NoInterval.SECONDARY, NoInterval.EXTREME}, metric.name
        else:
            assert other.interval == primary.interval
            assert primary.interval.low <= primary.value <= primary.interval.high
            assert metric.bounds[0] <= primary.interval.low
            assert primary.interval.high <= metric.bounds[1]


@pytest.mark.parametrize(
    ("name", "kind", "truths", "answers"),
    [
        ("rougel", "text", [("a b c",)] * 12, ["a b c", "a c", "x"] * 4),
        ("exact_match", "text", [("a",)] * 12, ["a", "b", "a"] * 4),
        ("wer", "text", [("a b",)] * 12, ["a b", "a c", "b"] * 4),
        ("mrr", "ranking", [{"d1": 1}] * 12, [["d1", "d2"], ["d2", "d1"], ["d2"]] * 4),
    ],
)
def test_records_are_drawn_too(name, kind, truths, answers):
    found = bootstrapped(name, RecordInputs(kind, truths, answers))
    assert 0 < found.interval.std_error < 0.5
    assert found.interval.low < found.value < found.interval.high


def test_what_is_too_costly_says_so():
    texts = RecordInputs("text", [("a b",)] * 12, ["a b"] * 12)
    assert bootstrapped("chrf", texts).no_interval is NoInterval.COSTLY
    assert not is_affordable(find_metric("ter"))
    assert bootstrapped("accuracy", MetricInputs(Y2[:9], y_score=P2[:9])).no_interval is NoInterval.FEW


def labelled(n, seed, *, lift=0.8):
    """Return labels and scores of a classifier that is right more often than not."""
    rng = np.random.default_rng(seed)
    y_true = (rng.random(n) < 0.2).astype(np.int8)
    return y_true, np.round(rng.normal(size=n) + lift * y_true, 2)


def delong(y_true, y_score):
    """Return the variance of the AUC (DeLong et al. 1988), from its definition."""
    won = np.subtract.outer(y_score[y_true == 1], y_score[y_true == 0])
    wins = (won > 0) + 0.5 * (won == 0)
    return wins.mean(axis=1).var(ddof=1) / wins.shape[0] + wins.mean(axis=0).var(ddof=1) / wins.shape[1]


def test_the_standard_error_of_an_auc_is_delongs_exact_linear_and_in_buckets():
    for n in (600, 2500, MAX_UNITS + 900):
        y_true, y_score = labelled(n, 5)
        found = areas(y_true, y_score, draw(n, n_replicates=2000, seed=1, split="public"), 0.0)
        assert found.std(ddof=1) == pytest.approx(math.sqrt(delong(y_true, y_score)), rel=0.06)


def test_buckets_say_what_the_plain_bootstrap_says():
    n = MAX_UNITS * 3
    y_true, y_score = labelled(n, 6)
    probability = 1 / (1 + np.exp(-y_score))
    arrays = MetricInputs(y_true, y_score=probability)
    rng = np.random.default_rng(8)
    for name in ("log_loss", "f1_binary"):
        plain = []
        for _ in range(150):
            rows = rng.integers(0, n, n)
            plain.append(evaluate(name, MetricInputs(y_true[rows], y_score=probability[rows])).value)
        found = bootstrapped(name, arrays, n_replicates=1000).interval.std_error
        assert found == pytest.approx(np.std(plain, ddof=1), rel=0.2), name


def test_intervals_hold_the_true_value_as_often_as_they_say():
    # Accuracy of a coin that is right with chance 0.7, and the AUC of two normals 0.8 apart.
    auc = NormalDist().cdf(0.8 / math.sqrt(2))
    held = {"accuracy": 0, "roc_auc": 0}
    n_trials = 200
    for trial in range(n_trials):
        y_true, y_score = labelled(250, 1000 + trial)
        right = np.random.default_rng(trial).random(250) < 0.7
        coin = MetricInputs(y_true, y_pred=np.where(right, y_true, 1 - y_true))
        for name, arrays, truth in (
            ("accuracy", coin, 0.7),
            ("roc_auc", MetricInputs(y_true, y_score=y_score), auc),
        ):
            interval = bootstrapped(name, arrays, n_replicates=200, seed=trial).interval
            held[name] += interval.low <= truth <= interval.high
    assert all(0.9 <= count / n_trials <= 0.985 for count in held.values()), held


def test_a_sub_sample_scales_to_the_whole():
    y_true = RNG.normal(size=6000)
    arrays = MetricInputs(y_true, y_score=y_true + RNG.normal(size=6000))
    interval = bootstrapped("spearman", arrays, n_replicates=100).interval
    rows = np.random.default_rng(2).integers(0, 6000, (100, 6000))
    plain = [evaluate("spearman", MetricInputs(y_true[r], y_score=arrays.y_score[r])).value for r in rows]
    assert interval.std_error == pytest.approx(np.std(plain, ddof=1), rel=0.35)


class TestReport:
    def job(self, tmp_path, **bootstrap):
        job = Job(tmp_path)
        rng = np.random.default_rng(1)
        label = rng.integers(0, 2, 60)
        job.reference(id=range(60), label=label, split=["public"] * 25 + ["private"] * 35)
        job.bootstrap = {"keys_of_replicates": ["roc_auc"], **bootstrap}
        values = np.round(np.clip(0.3 * label + 0.7 * rng.random(60), 0.01, 0.99), 3)
        return job, csv_of(range(60), values)

    def test_the_same_request_gives_the_same_interval(self, tmp_path):
        job, content = self.job(tmp_path)
        once, again = job.score("s.csv", content), job.score("s.csv", content)
        assert once.metrics == again.metrics
        assert {(one.key, len(one.replicates)) for one in once.metrics} == {("roc_auc", 200), ("log_loss", 0)}
        assert all(one.interval is not None for one in once.metrics)
        job.seed = 5
        assert job.score("s.csv", content).metrics[0].interval != once.metrics[0].interval

    def test_replicates_of_two_submissions_are_paired(self, tmp_path):
        job, content = self.job(tmp_path)
        first = job.score("s.csv", content).metrics[0]
        lines = content.splitlines()
        row, value = lines[-1].split(",")
        second = job.score("s.csv", "\n".join([*lines[:-1], f"{row},{1 - float(value):.3f}"])).metrics[0]
        # One row of 60 was changed: differences are far steadier than either score.
        differences = np.subtract(first.replicates, second.replicates)
        assert differences.std() < 0.5 * first.interval.std_error

    def test_without_being_asked_there_is_none(self, tmp_path):
        job, content = self.job(tmp_path)
        job.bootstrap = None
        assert all(
            one.interval is None and one.no_interval is None for one in job.score("s.csv", content).metrics
        )


def test_a_mean_over_cases_has_one_too_and_other_numbers_say_why_not():
    request = ScoringRequest(
        scorer="cases", options={}, metrics=(), primary="m", seed=4,
        bootstrap=BootstrapRequest(keys_of_replicates=("m",)),
    )  # fmt: skip
    value = MetricValue(key="m", split="public", value=0.7, higher_is_better=True)
    scores = [1.0] * 70 + [0.0] * 30
    found = with_mean_interval(value, request, scores)
    assert found == with_mean_interval(value, request, scores)
    assert found.interval.std_error == pytest.approx(math.sqrt(0.7 * 0.3 / 100), rel=0.2)
    weighted = with_mean_interval(value, request, scores, [1.0] * 70 + [3.0] * 30)
    assert np.mean(weighted.replicates) == pytest.approx(70 / 160, abs=0.02)
    assert with_mean_interval(value, request, scores[:9]).no_interval is NoInterval.FEW
    untold = value.model_copy(update={"key": "sum"})
    assert _explained(untold).no_interval is NoInterval.ROWLESS
    assert _explained(found) is found


def test_a_derived_metric_is_the_formula_of_its_inputs_replicates():
    asked = BootstrapRequest(n_replicates=20, keys_of_replicates=inputs_of("score", FORMULAS))
    assert asked.keys_of_replicates == ("a", "score", "size", "twice")
    values = [0.5 + 0.01 * step for step in range(20)]
    a = summarised(MetricValue(key="a", split="public", value=0.6, higher_is_better=True), values, asked)
    size = MetricValue(
        key="size", split="public", value=10.0, higher_is_better=False, no_interval=NoInterval.MEASURED
    )
    plain = MetricValue(
        key="plain", split="public", value=1.0, higher_is_better=True, no_interval=NoInterval.COSTLY
    )
    found = {one.key: one for one in derive((a, size, plain), FORMULAS, asked)}
    assert found["score"].replicates == pytest.approx([value * 2 / 10 for value in values])
    assert found["score"].interval.std_error == pytest.approx(a.interval.std_error / 5)
    assert found["other"].no_interval is NoInterval.INPUTS


class OneFormula:
    higher_is_better = True

    def __init__(self, key, formula):
        self.key, self.formula = key, formula


FORMULAS = (
    OneFormula("twice", "2 * a"),
    OneFormula("score", "twice / size"),
    OneFormula("other", "a + plain"),
)


def test_a_scorer_of_an_organizers_own_names_the_rows_of_a_mean(tmp_path):
    (tmp_path / "scorer.py").write_text(
        "from scoring.custom import Result\n"
        "def score(submission):\n"
        "    result, rows = Result(), [1.0] * 70 + [0.0] * 30\n"
        "    result.metric('m', 0.7, rows=rows)\n"
        "    result.metric('m', 0.5, split='private')\n"
        "    return result\n"
    )
    request = ScoringRequest(
        scorer="custom", options={}, metrics=(MetricRequest(name="m"),), primary="m",
        bootstrap=BootstrapRequest(keys_of_replicates=("m",)),
    )  # fmt: skip
    public, private = score(request, Places(inputs=tmp_path, channel=tmp_path / "chan")).metrics
    assert public.interval.std_error == pytest.approx(math.sqrt(0.7 * 0.3 / 100), rel=0.2)
    assert private.no_interval is NoInterval.ROWLESS
    with pytest.raises(ValueError, match="the mean of its rows"):
        Result().metric("m", 0.7, rows=[1.0, 0.0])
