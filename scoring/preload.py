"""Imported by a trusted sandbox while it waits for work, so that the first metric is as fast as the second.

scikit-learn finds out on its first call which data frame libraries are about, which takes longer than
scoring a thousand rows. Two rows go through the usual metrics here. Nothing in it uses Arrow's thread pool or
BLAS: a fork would inherit their locks without their threads.
"""

import numpy as np

import scoring.readers.csv
import scoring.readers.jsonl
import scoring.readers.npy
import scoring.readers.parquet  # noqa: F401  # imported for its own sake, as those above
from scoring.metrics.base import MetricInputs
from scoring.registry import evaluate

_TWO_ROWS = MetricInputs(y_true=np.array([0, 1], dtype=np.int8), y_score=np.array([0.25, 0.75]))

for _name in ("roc_auc", "log_loss", "accuracy", "f1_macro", "mse"):
    evaluate(_name, _TWO_ROWS)
