"""Times submit over REST → final score for a 1,000-row predictions file on the embedded stack.

    python tests/bench/bench_predictions_road.py [--times 20] [--pause 3]

The baseline is the scorer alone, imported and warm, on the same file with the same request. The overhead
is everything else: HTTP, intake, queue, lease, sandbox, settle, long poll. Target: median below 300 ms.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from problems.loader import Package, load
from scoring.__main__ import score
from scoring.contract import MetricRequest, ScoringRequest
from scoring.scorers import Places
from tests.bench.live import in_ms, live_judge, providers, time_many

TARGET_MS = 300.0
N_ROWS = 1000
MANIFEST = """\
format: 1
slug: bench-table
version: 1.0.0
kind: predictions
names: {en: Bench, zh: 基准}
summary: {en: A thousand rows., zh: 一千行。}
licence: CC0-1.0
authors: [OpenModels]
track: practice
data: {licence: CC0-1.0, source: {en: Made up., zh: 编造的。}}
submission: {formats: [csv], max_mib: 1}
scoring:
  scorer: table
  options: {id_column: id, columns: [{name: probability, minimum: 0, maximum: 1}]}
  metrics: [{name: roc_auc}, {name: log_loss}]
  primary: roc_auc
"""


def make_package(folder: Path) -> tuple[Package, Path]:
    """Write a problem of 1,000 rows and a submission to it."""
    draw = random.Random(7)
    labels = [draw.random() < 0.3 for _ in range(N_ROWS)]
    reference = ["id,label,split"]
    reference += [f"{i},{int(label)},{'public' if i % 3 else 'private'}" for i, label in enumerate(labels)]
    guesses = ["id,probability"]
    guesses += [
        f"{i},{min(1, max(0, 0.3 * label + draw.random() * 0.7)):.6f}" for i, label in enumerate(labels)
    ]
    files = {
        "problem.yaml": MANIFEST,
        "statement/en.md": "# Bench\n",
        "statement/zh.md": "# 基准\n",
        "public/train.csv": "id,label\n0,1\n",
        "hidden/reference/reference.csv": "\n".join(reference) + "\n",
    }
    for name, text in files.items():
        path = folder / "bench-table" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    submission = folder / "submission.csv"
    submission.write_text("\n".join(guesses) + "\n", encoding="utf-8")
    return load(folder / "bench-table"), submission


def time_scorer(folder: Path, submission: Path, times: int) -> list[float]:
    """Time the scorer alone, in this process."""
    inputs = folder / "in"
    shutil.copytree(folder / "bench-table" / "hidden" / "reference", inputs / "reference")
    shutil.copy(submission, inputs / "submission.csv")
    request = ScoringRequest(
        scorer="table",
        options={"id_column": "id", "columns": [{"name": "probability", "minimum": 0, "maximum": 1}]},
        metrics=(MetricRequest(name="roc_auc"), MetricRequest(name="log_loss")),
        primary="roc_auc",
        submission="submission.csv",
    )
    taken = []
    for _ in range(times + 2):
        began = time.perf_counter()
        report = score(request, Places(inputs=inputs, channel=inputs / "none"))
        taken.append(time.perf_counter() - began)
        if report.status != "scored":
            raise SystemExit(f"the scorer alone says {report.status}")
    return taken[2:]


def main() -> int:
    """Measure and print. Returns 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between submissions")
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as name:
        package, submission = make_package(Path(name))
        alone = time_scorer(Path(name), submission, options.times)
        print(f"scorer alone, warm            {in_ms(alone)}   (min / median / max)")
        for provider in providers():
            with live_judge([package], sandbox=provider) as judge:
                road = time_many(
                    judge, submission, problem="bench-table", times=options.times, pause_s=options.pause
                )
            ratio = median(road) / median(alone)
            overhead_ms = (median(road) - median(alone)) * 1000
            share = overhead_ms / (median(road) * 10)
            print(f"REST to final score, {provider:<8} {in_ms(road)}   {ratio:.1f} × scorer")
            print(
                f"  overhead: median {overhead_ms:.0f} ms, {share:.0f} % of the road (target {TARGET_MS:.0f})"
            )
            missed |= overhead_ms > TARGET_MS
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
