"""The hidden tests. Trusted: they run in the scorer's sandbox and call the solution from there.

Each checks one property and says which. Anything a solution returns goes through `check` first.
"""

from pathlib import Path

import numpy as np

from scoring.grading import test

CARS = Path(__file__).with_name("auto_hidden.csv")


def reference_gradients(X, y, w, b):
    residual = X @ w + b - y
    return 2.0 * X.T @ residual / len(y), 2.0 * residual.mean()


def reference_fit(X, y, lr, n_steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(n_steps):
        grad_w, grad_b = reference_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b


def least_squares(X, y):
    solution = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    return solution[:-1], solution[-1]


def cars():
    table = np.genfromtxt(CARS, delimiter=",", skip_header=1)
    X, y = table[:, :-1], table[:, -1]
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def problem(rng, n=40, d=3):
    X = rng.normal(size=(n, d))
    return (
        X,
        X @ rng.normal(size=d) + rng.normal() + 0.3 * rng.normal(size=n),
        rng.normal(size=d),
        rng.normal(),
    )


def as_pair(check, value, d):
    """Return (array of shape (d,), float) or end the test."""
    check.that(
        isinstance(value, (tuple, list)) and len(value) == 2,
        en="The function returns a pair of two values.",
        zh="函数返回由两个值组成的二元组。",
    )
    return check.array(value[0], shape=(d,)), check.number(value[1])


def check_pair(check, value, expected, **tolerance):
    first, second = as_pair(check, value, len(expected[0]))
    check.close(first, expected[0], **tolerance)
    check.close(second, float(expected[1]), **tolerance)


@test("predict-formula", en="predict computes X w + b for every row", zh="predict 对每一行计算 X w + b")
def predict_formula(call, check, rng):
    X, _, w, b = problem(rng)
    check.close(call("predict", X, w, b), X @ w + b)


@test("loss-by-hand", en="The loss is exact for a case worked by hand", zh="损失在一个手算的例子上准确")
def loss_by_hand(call, check, rng):
    # Residuals 1, -2, 3: mean of squares 14/3.
    X, w, b = np.array([[1.0], [2.0], [3.0]]), np.array([1.0]), 1.0
    y = X[:, 0] + 1.0 - np.array([1.0, -2.0, 3.0])
    check.close(call("mse_loss", X, y, w, b), 14.0 / 3.0)


@test(
    "loss-scales",
    en="The loss is zero for a perfect fit and nine times larger for residuals three times larger",
    zh="完全拟合时损失为零；残差变为三倍时损失变为九倍",
)
def loss_scales(call, check, rng):
    X, _, w, b = problem(rng)
    residual = rng.normal(size=len(X))
    check.close(call("mse_loss", X, X @ w + b, w, b), 0.0)
    once = check.number(call("mse_loss", X, X @ w + b + residual, w, b))
    check.close(once, float(np.mean(residual**2)))
    check.close(call("mse_loss", X, X @ w + b + 3 * residual, w, b), 9 * once)


@test(
    "gradient-by-hand",
    en="The gradients are exact for a case worked by hand",
    zh="梯度在一个手算的例子上准确",
)
def gradient_by_hand(call, check, rng):
    # Residuals 1 and 3 at x = 1 and 2: dw = 2 (1*1 + 3*2) / 2 = 7, db = 2 (1 + 3) / 2 = 4.
    X, y, w = np.array([[1.0], [2.0]]), np.array([0.0, -1.0]), np.array([1.0])
    check_pair(check, call("gradients", X, y, w, 0.0), (np.array([7.0]), 4.0))


@test(
    "gradient-numeric",
    weight=2,
    en="The gradients agree with finite differences of the loss",
    zh="梯度与损失的有限差分一致",
)
def gradient_numeric(call, check, rng):
    X, y, w, b = problem(rng)

    def loss(weights, bias):
        return float(np.mean((X @ weights + bias - y) ** 2))

    h = 1e-6
    steps = np.eye(len(w)) * h
    numeric_w = np.array([(loss(w + step, b) - loss(w - step, b)) / (2 * h) for step in steps])
    numeric_b = (loss(w, b + h) - loss(w, b - h)) / (2 * h)
    check_pair(check, call("gradients", X, y, w, b), (numeric_w, numeric_b), rtol=1e-5, atol=1e-6)


@test(
    "gradient-at-optimum",
    en="The gradients vanish at the least squares solution and only there",
    zh="梯度在最小二乘解处为零，且仅在该处为零",
)
def gradient_at_optimum(call, check, rng):
    X, y, w, b = problem(rng)
    best = least_squares(X, y)
    check_pair(check, call("gradients", X, y, *best), (np.zeros(3), 0.0), atol=1e-8)
    elsewhere, _ = as_pair(check, call("gradients", X, y, w, b), 3)
    check.that(
        np.abs(elsewhere).max() > 1e-3,
        en="Away from the solution the gradients are not zero.",
        zh="离开最小二乘解之后梯度不为零。",
    )


@test("one-feature", en="All four functions handle a single feature", zh="四个函数都能处理只有一个特征的数据")
def one_feature(call, check, rng):
    X, y, w, b = problem(rng, n=12, d=1)
    check.close(call("predict", X, w, b), X @ w + b)
    check.close(call("mse_loss", X, y, w, b), float(np.mean((X @ w + b - y) ** 2)))
    check_pair(check, call("gradients", X, y, w, b), reference_gradients(X, y, w, b))
    check_pair(check, call("fit", X, y, 0.05, 7), reference_fit(X, y, 0.05, 7))


@test("one-row", en="A single row of data is enough", zh="只有一行数据时也能工作")
def one_row(call, check, rng):
    X, y, w, b = problem(rng, n=1, d=4)
    check.close(call("predict", X, w, b), X @ w + b)
    check_pair(check, call("gradients", X, y, w, b), reference_gradients(X, y, w, b))


@test("whole-numbers", en="Arrays of whole numbers give fractional results", zh="整数数组也能得到小数结果")
def whole_numbers(call, check, rng):
    X, y = rng.integers(-5, 6, size=(30, 2)), rng.integers(-9, 10, size=30)
    check_pair(check, call("fit", X, y, 0.01, 25), reference_fit(X.astype(float), y.astype(float), 0.01, 25))


@test("inputs-unchanged", en="No function modifies the arrays it is given", zh="函数不修改传入的数组")
def inputs_unchanged(call, check, rng):
    X, y, w, b = problem(rng)
    expected = reference_gradients(X, y, w, b)
    for name, args, arrays in (("gradients", (X, y, w, b), (X, y, w)), ("fit", (X, y, 0.1, 5), (X, y))):
        value, after = call.with_arguments(name, *args)
        check_pair(check, value, expected if name == "gradients" else reference_fit(X, y, 0.1, 5))
        same = [np.array_equal(old, new) for old, new in zip(arrays, after, strict=False)]
        check.that(all(same), en=f"{name} leaves its arguments as they were.", zh=f"{name} 不改变它的参数。")


@test("fit-no-steps", en="Zero steps return the starting point", zh="零步训练返回起点")
def fit_no_steps(call, check, rng):
    X, y, _, _ = problem(rng)
    check_pair(check, call("fit", X, y, 0.1, 0), (np.zeros(3), 0.0))


@test(
    "fit-one-step",
    weight=2,
    en="One step updates w and b together, from gradients at the same point",
    zh="一步更新同时改变 w 与 b，二者的梯度取自同一点",
)
def fit_one_step(call, check, rng):
    X, y, _, _ = problem(rng)
    X = X + 2.0  # off centre, or updating one after the other would go unnoticed
    for n_steps in (1, 2):
        check_pair(check, call("fit", X, y, 0.03, n_steps), reference_fit(X, y, 0.03, n_steps))


@test(
    "fit-path",
    weight=2,
    en="fit takes exactly the asked number of full-batch steps",
    zh="fit 恰好执行所要求步数的全批量更新",
)
def fit_path(call, check, rng):
    X, y, _, _ = problem(rng, n=60, d=5)
    for lr, n_steps in ((0.05, 10), (0.01, 150)):
        check_pair(check, call("fit", X, y, lr, n_steps), reference_fit(X, y, lr, n_steps), rtol=1e-7)


@test("fit-repeats", en="Training twice gives the same result", zh="训练两次得到相同的结果")
def fit_repeats(call, check, rng):
    X, y, _, _ = problem(rng)
    first = as_pair(check, call("fit", X, y, 0.05, 40), 3)
    second = as_pair(check, call("fit", X, y, 0.05, 40), 3)
    check.that(
        np.array_equal(first[0], second[0]) and first[1] == second[1] and np.abs(first[0]).max() > 0,
        en="Two trainings on the same data end at the same weights, and not at the start.",
        zh="在相同数据上训练两次，得到相同且不同于起点的权重。",
    )


@test(
    "fit-ill-scaled",
    en="Features of very different scale do not break the training",
    zh="特征尺度相差悬殊时训练仍然正确",
)
def fit_ill_scaled(call, check, rng):
    X, y, _, _ = problem(rng)
    X = X * np.array([1000.0, 1.0, 0.001])
    value = call("fit", X, y, 2e-7, 300)
    check_pair(check, value, reference_fit(X, y, 2e-7, 300), rtol=1e-6, atol=1e-12)
    w, b = as_pair(check, value, 3)
    check.that(
        np.mean((X @ w + b - y) ** 2) < np.mean(y**2),
        en="The loss is lower after training than before.",
        zh="训练之后的损失低于训练之前。",
    )


@test(
    "cars-converge",
    weight=2,
    en="On real cars, long training reaches the least squares solution",
    zh="在真实汽车数据上，充分训练可达到最小二乘解",
)
def cars_converge(call, check, rng):
    X, y = cars()
    w, b = as_pair(check, call("fit", X, y, 0.1, 6000), X.shape[1])
    check_pair(check, (w, b), least_squares(X, y), rtol=1e-3, atol=1e-3)
    check.close(call("mse_loss", X, y, w, b), float(np.mean((X @ w + b - y) ** 2)))
    check.close(call("predict", X, w, b), X @ w + b)


@test("fit-speed", en="Training on 20,000 rows stays within the time limit", zh="在两万行数据上训练不超时")
def fit_speed(call, check, rng):
    X, y, _, _ = problem(rng, n=20_000, d=20)
    check_pair(check, call("fit", X, y, 0.1, 60), reference_fit(X, y, 0.1, 60), rtol=1e-6)
