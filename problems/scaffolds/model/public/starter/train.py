"""Trains a linear model and saves it with skops: python train.py"""

from pathlib import Path

import numpy as np
import skops.io
from sklearn.linear_model import LogisticRegression

with np.load(Path(__file__).resolve().parent.parent / "train.npz") as data:
    model = LogisticRegression().fit(data["x"], data["y"])
skops.io.dump(model, "model.skops")
