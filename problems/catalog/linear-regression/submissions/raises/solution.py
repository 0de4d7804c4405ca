"""Forgets to transpose: works for square data, which nobody has."""

import numpy as np


def predict(X, w, b):
    return X.T @ w + b


def mse_loss(X, y, w, b):
    return float(np.mean((predict(X, w, b) - y) ** 2))


def gradients(X, y, w, b):
    residual = predict(X, w, b) - y
    return 2.0 * X @ residual / len(y), float(2.0 * np.mean(residual))


def fit(X, y, lr, n_steps):
    raise NotImplementedError("ran out of time")
