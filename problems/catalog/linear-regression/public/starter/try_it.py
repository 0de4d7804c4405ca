"""Check your solution on your own machine before handing it in: python try_it.py"""

from pathlib import Path

import numpy as np
from solution import fit, gradients, mse_loss, predict

rng = np.random.default_rng(0)
X, true_w, true_b = rng.normal(size=(200, 3)), np.array([1.0, -2.0, 0.5]), 3.0
y = X @ true_w + true_b

w, b = np.array([0.3, 0.1, -0.2]), 0.7
grad_w, grad_b = gradients(X, y, w, b)
for i in range(3):
    step = np.zeros(3)
    step[i] = 1e-6
    slope = (mse_loss(X, y, w + step, b) - mse_loss(X, y, w - step, b)) / 2e-6
    print(f"d loss / d w[{i}]: yours {grad_w[i]:+.6f}, by finite differences {slope:+.6f}")

w, b = fit(X, y, lr=0.1, n_steps=300)
print("fit: w", np.round(w, 3), "b", round(float(b), 3), "should be", true_w, true_b)

cars = np.genfromtxt(Path(__file__).resolve().parent.parent / "auto_train.csv", delimiter=",", skip_header=1)
X, y = cars[:, :-1], cars[:, -1]
X = (X - X.mean(axis=0)) / X.std(axis=0)
w, b = fit(X, y, lr=0.05, n_steps=2000)
error = float(np.sqrt(np.mean((predict(X, w, b) - y) ** 2)))
print(f"cars: root mean squared error {error:.3f} miles per gallon (the mean alone: {y.std():.3f})")
