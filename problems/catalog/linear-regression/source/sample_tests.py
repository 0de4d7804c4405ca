"""What a smoke test asks: whether the functions are there and give what the statement says. No hidden cars.

Contestants have this file; the hidden tests ask more, and other questions.
"""

import numpy as np

from scoring.grading import test


@test(
    "sample-loss",
    en="The loss of a line that is off by one everywhere is 1.",
    zh="处处相差 1 的直线，损失为 1。",
)
def loss(call, check, rng):
    check.close(
        call("mse_loss", np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 2.0, 3.0]), np.array([1.0]), 0.0),
        1.0,
    )


@test("sample-predict", en="A prediction is w·x + b.", zh="预测值为 w·x + b。")
def predict(call, check, rng):
    check.close(call("predict", np.array([[1.0, 2.0]]), np.array([3.0, 4.0]), 5.0), np.array([16.0]))
