"""A good solution whose author did not read the names that were asked for."""

import numpy as np


def loss(X, y, w, b):
    return float(np.mean((X @ w + b - y) ** 2))


def train(X, y, lr, n_steps):
    return np.zeros(X.shape[1]), 0.0
