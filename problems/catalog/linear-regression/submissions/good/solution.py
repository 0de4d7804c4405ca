"""Linear regression by full-batch gradient descent."""

import numpy as np


def predict(X, w, b):
    return X @ w + b


def mse_loss(X, y, w, b):
    residual = predict(X, w, b) - y
    return float(np.mean(residual**2))


def gradients(X, y, w, b):
    residual = predict(X, w, b) - y
    return 2.0 * X.T @ residual / len(y), float(2.0 * np.mean(residual))


def fit(X, y, lr, n_steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(n_steps):
        grad_w, grad_b = gradients(X, y, w, b)
        w = w - lr * grad_w
        b = b - lr * grad_b
    return w, b
