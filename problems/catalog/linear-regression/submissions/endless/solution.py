"""Trains until the loss is exactly zero, which on real data is never."""

import numpy as np


def predict(X, w, b):
    return X @ w + b


def mse_loss(X, y, w, b):
    return float(np.mean((predict(X, w, b) - y) ** 2))


def gradients(X, y, w, b):
    residual = predict(X, w, b) - y
    return 2.0 * X.T @ residual / len(y), float(2.0 * np.mean(residual))


def fit(X, y, lr, n_steps):
    w, b = np.zeros(X.shape[1]), 0.0
    while True:
        grad_w, grad_b = gradients(X, y, w, b)
        if not np.any(grad_w) and grad_b == 0.0 and mse_loss(X, y, w, b) == 0.0:
            return w, b
        w, b = w - 1e-12 * grad_w, b - 1e-12 * grad_b
