"""Your solution: fill in `gradients` and `fit`. Only numpy is needed; keep the four signatures."""

import numpy as np


def predict(X, w, b):
    """Return the model's output for every row of X, shape (n,)."""
    return X @ w + b


def mse_loss(X, y, w, b):
    """Return the mean squared error as a float."""
    return float(np.mean((predict(X, w, b) - y) ** 2))


def gradients(X, y, w, b):
    """Return the pair (d loss / d w, d loss / d b): an array of shape (d,) and a float."""
    return np.zeros_like(w), 0.0


def fit(X, y, lr, n_steps):
    """Start from w = 0, b = 0, take n_steps steps of gradient descent, return the pair (w, b)."""
    w, b = np.zeros(X.shape[1]), 0.0
    return w, b
