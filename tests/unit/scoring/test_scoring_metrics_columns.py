"""Metrics of several target columns and of survival times: library parity, shapes, degenerate input."""

import math
import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics as skm
from scipy import stats
from scipy.special import rel_entr

from scoring.catalogue import list_metrics
from scoring.catalogue.metric import Wants
from scoring.errors import ScorerMisconfigured
from scoring.metrics.base import MetricInputs
from scoring.registry import evaluate

RNG = np.random.default_rng(11)
N = 120
Y = RNG.integers(0, 2, (N, 3))
P = np.clip(0.3 * Y + 0.7 * RNG.random((N, 3)), 0, 1)
H = (P >= 0.5).astype(int)
YR = RNG.gamma(2.0, size=(N, 3))
PR = YR + RNG.random((N, 3))
Q, D = RNG.dirichlet(np.ones(3), N), RNG.dirichlet(np.ones(3), N)
PLACES, GUESSES = RNG.uniform(-80, 80, (N, 2)), RNG.uniform(-80, 80, (N, 2))

LABELS = MetricInputs(Y, y_score=P)
REAL = MetricInputs(YR, y_score=PR)
SHARES = MetricInputs(Q, y_score=D)
POINTS = MetricInputs(PLACES, y_score=GUESSES)
ANGLES = MetricInputs(np.radians(PLACES), y_score=np.radians(GUESSES))
SEEN = np.column_stack([RNG.gamma(2.0, size=N), RNG.integers(0, 2, N)])
RISKS = MetricInputs(SEEN, y_score=-SEEN[:, 0] + RNG.normal(size=N))


def km():
    radians = [np.radians(one) for one in (PLACES, GUESSES)]
    return np.diag(skm.pairwise.haversine_distances(*radians)) * 6371.0088


def concordance():
    """Count pairs: the definition, without the library."""
    wins = pairs = 0.0
    for i in range(N):
        for j in range(N):
            if SEEN[i, 1] and SEEN[i, 0] < SEEN[j, 0]:
                pairs += 1
                wins += RISKS.y_score[i] > RISKS.y_score[j]
    return wins / pairs


def directions(angles):
    azimuth, zenith = np.radians(angles).T
    return np.stack([np.sin(zenith) * np.cos(azimuth), np.sin(zenith) * np.sin(azimuth), np.cos(zenith)])


PARITY = {
    "multilabel_f1_micro": (LABELS, lambda: skm.f1_score(Y, H, average="micro")),
    "multilabel_f1_macro": (LABELS, lambda: skm.f1_score(Y, H, average="macro")),
    "multilabel_f1_samples": (LABELS, lambda: skm.f1_score(Y, H, average="samples", zero_division=0)),
    "multilabel_jaccard_micro": (LABELS, lambda: skm.jaccard_score(Y, H, average="micro")),
    "multilabel_jaccard_macro": (LABELS, lambda: skm.jaccard_score(Y, H, average="macro")),
    "multilabel_jaccard_samples": (
        LABELS,
        lambda: skm.jaccard_score(Y, H, average="samples", zero_division=0),
    ),
    "multilabel_subset_accuracy": (LABELS, lambda: skm.accuracy_score(Y, H)),
    "multilabel_hamming_loss": (LABELS, lambda: skm.hamming_loss(Y, H)),
    "multilabel_roc_auc": (LABELS, lambda: skm.roc_auc_score(Y, P)),
    "multilabel_average_precision": (LABELS, lambda: skm.average_precision_score(Y, P)),
    "multilabel_log_loss": (LABELS, lambda: np.mean([skm.log_loss(Y[:, c], P[:, c]) for c in range(3)])),
    "multilabel_lrap": (LABELS, lambda: skm.label_ranking_average_precision_score(Y, P)),
    "multilabel_lwlrap": (
        LABELS,
        lambda: skm.label_ranking_average_precision_score(Y, P, sample_weight=Y.sum(axis=1)),
    ),
    "kl_divergence": (SHARES, lambda: rel_entr(Q, D).sum(axis=1).mean()),
    "mcrmse": (REAL, lambda: np.sqrt(((YR - PR) ** 2).mean(axis=0)).mean()),
    "mcrmsle": (REAL, lambda: np.sqrt(((np.log1p(YR) - np.log1p(PR)) ** 2).mean(axis=0)).mean()),
    "mean_column_spearman": (
        REAL,
        lambda: np.mean([stats.spearmanr(YR[:, c], PR[:, c]).statistic for c in range(3)]),
    ),
    "haversine_mean": (POINTS, lambda: km().mean()),
    "haversine_p50": (POINTS, lambda: np.median(km())),
    "haversine_p95": (POINTS, lambda: np.quantile(km(), 0.95)),
    "concordance_index": (RISKS, concordance),
    "angular_error": (
        ANGLES,
        lambda: np.arccos((directions(PLACES) * directions(GUESSES)).sum(axis=0)).mean(),
    ),
}
OF_COLUMNS = (Wants.COLUMNS, Wants.LABEL_COLUMNS, Wants.SCORE_COLUMNS, Wants.TIMES)
METRICS = [metric for metric in list_metrics() if metric.wants in OF_COLUMNS]


def test_every_metric_is_compared():
    assert {metric.name for metric in METRICS} == set(PARITY)


@pytest.mark.parametrize("name", sorted(PARITY))
def test_same_number_as_the_library_or_the_definition(name):
    arrays, expected = PARITY[name]
    assert evaluate(name, arrays).value == pytest.approx(expected(), rel=1e-9)


def test_weights_of_labels():
    losses = [skm.log_loss(Y[:, c], P[:, c]) for c in range(3)]
    found = evaluate("multilabel_log_loss", LABELS, {"weights": "2, 1,1"})
    assert found.value == pytest.approx(np.average(losses, weights=[2, 1, 1]))
    for wrong in ("2,1", "a,b,c", "0,0,0", "1,-1,1", "1,nan,1"):
        with pytest.raises(ScorerMisconfigured, match="3 numbers"):
            evaluate("multilabel_log_loss", LABELS, {"weights": wrong})


def test_subgroups_worked_by_hand():
    # Rows 0-3 are of the subgroup; all is in order but its negative 1 (0.7) above its positive 0 (0.6).
    y_true = np.array([[1, 1], [0, 1], [1, 1], [0, 1], [1, 0], [0, 0]], dtype=float)
    score = np.array([0.6, 0.7, 0.9, 0.1, 0.65, 0.2])
    # All: 9 pairs, of which (0, 1) and (4, 1) are lost. Within: 4, one lost. Others' positive 4 with the
    # subgroup's negatives: 2, one lost. Its positives with others' negative: 2, none lost.
    found = evaluate("bias_auc", MetricInputs(y_true, y_score=score))
    assert found.value == pytest.approx((7 / 9 + 3 / 4 + 1 / 2 + 1) / 4)
    # Of two subgroups alike the power mean is that of one.
    again = evaluate("bias_auc", MetricInputs(y_true[:, [0, 1, 1]], y_score=score))
    assert again.value == pytest.approx(found.value)


def test_likelihood_worked_by_hand():
    arrays = MetricInputs(np.array([[2000.0], [0.0]]), y_score=np.array([[2100.0, 100.0], [5000.0, 1.0]]))
    expected = (
        -(math.sqrt(2) + math.log(math.sqrt(2) * 100)),
        -(math.sqrt(2) * 1000 / 70 + math.log(math.sqrt(2) * 70)),
    )
    assert evaluate("laplace_log_likelihood", arrays).value == pytest.approx(sum(expected) / 2)


def test_haversine_is_in_km():
    # A quarter of the equator.
    arrays = MetricInputs(np.array([[0.0, 0.0], [0, 0]]), y_score=np.array([[0.0, 90.0], [0, 90]]))
    assert evaluate("haversine_mean", arrays).value == pytest.approx(6371.0088 * math.pi / 2)


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("mcrmse", MetricInputs(YR, y_score=PR[:, :2])),
        ("mcrmse", MetricInputs(YR[:, 0], y_score=PR[:, 0])),
        ("rmse", REAL),
        ("accuracy", LABELS),
        ("concordance_index", REAL),
        ("haversine_mean", REAL),
        ("bias_auc", REAL),
        ("laplace_log_likelihood", REAL),
    ],
)
def test_columns_that_do_not_fit_are_the_organizers_mistake(name, arrays):
    with pytest.raises(ScorerMisconfigured):
        evaluate(name, arrays)


def test_the_catalogue_and_the_registry_load_no_library_of_metrics():
    heavy = "sklearn, torch, scipy, nervaluate, sacrebleu, jiwer, ir_measures, faster_coco_eval, sksurv"
    code = (
        "import sys, scoring.catalogue\n"
        f"heavy = {heavy.split(', ')!r}\n"
        "assert 'numpy' not in sys.modules, 'the catalogue is data'\n"
        "import scoring.registry\n"
        "assert not [name for name in heavy if name in sys.modules]\n"
        "import numpy as np\n"
        "from scoring.metrics.base import MetricInputs\n"
        "scoring.registry.evaluate('roc_auc', MetricInputs(np.array([0, 1]), y_score=np.array([0.1, 0.9])))\n"
        "loaded = [name for name in heavy if name in sys.modules]\n"
        "assert loaded == ['sklearn', 'scipy'], loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
