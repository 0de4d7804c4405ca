"""Hidden tests: they run in the scorer's sandbox and call the contestant's function from there.

What it returns is a participant's data of any type: it goes through `check` before anything else touches it.
"""

import numpy as np

from scoring.grading import test


def right(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@test("small-numbers", en="Agrees with the definition on small numbers", zh="在较小的数上与定义一致")
def small(call, check, rng):
    x = rng.normal(size=(4, 3))
    check.close(check.array(call("softmax", x), shape=(4, 3)), right(x))


@test("large-numbers", en="Does not overflow", zh="不会溢出")
def large(call, check, rng):
    x = 1000 * rng.normal(size=(4, 3))
    check.close(check.array(call("softmax", x), shape=(4, 3)), right(x))


@test("other-shapes", split="private", en="Takes other shapes", zh="适用于其他形状")
def shapes(call, check, rng):
    x = rng.normal(size=(1, 50))
    check.close(check.array(call("softmax", x), shape=(1, 50)), right(x))
