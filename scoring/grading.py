"""What the author of a function problem's hidden tests writes against.

    from scoring.grading import test

    @test("gradient-numeric", weight=2, en="The gradient agrees with finite differences",
          zh="梯度与有限差分一致")
    def gradient(call, check, rng):
        X, y = rng.normal(size=(5, 2)), rng.normal(size=5)
        grad = check.array(call("gradient", X, y, np.zeros(2)), shape=(2,))
        check.close(grad, numeric_gradient(X, y), rtol=1e-4)

A test passes when it returns. `call` runs the contestant's function in another process; its result is
a participant's data of any type, so it goes through `check.number` or `check.array` before anything
else touches it. An exception of the test itself is the author's fault and stops the whole scoring.
"""

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scoring.contract import CaseVerdict, Message, Split
from scoring.errors import ReferenceBroken
from scoring.peer import CallFailed, Peer

Array = np.ndarray[Any, Any]
TestFunction = Callable[..., None]


@dataclass(frozen=True, slots=True)
class HiddenTest:
    """One test of a `tests.py`.

    Attributes:
        name: unique in the file.
        title: the property tested, by language; contestants read it.
        split, weight: how it counts.
        run: the author's function, called as `run(call, check, rng)`.
    """

    name: str
    title: dict[str, str]
    split: Split
    weight: float
    run: TestFunction


_collected: list[HiddenTest] = []


def test(
    name: str, *, en: str, zh: str, weight: float = 1.0, split: Split = "public"
) -> Callable[[TestFunction], TestFunction]:
    """Declare a hidden test.

    Args:
        name: unique, kebab-case.
        en: the property that is tested; shown to contestants, so it names no hidden data.
        zh: the same in Chinese.
        weight: share in `tests_passed`.
        split: `public` counts while the contest runs, `private` at its end.
    """

    def collect(function: TestFunction) -> TestFunction:
        _collected.append(HiddenTest(name, {"en": en, "zh": zh}, split, weight, function))
        return function

    return collect


# pytest would take a function of this name for a test of ours when a test module imports it.
test.__test__ = False  # type: ignore[attr-defined]


def load_tests(path: Path) -> tuple[HiddenTest, ...]:
    """Import an organizer's `tests.py` and return its tests in order.

    Raises:
        ReferenceBroken: not there, no tests in it, or a name twice.
    """
    _collected.clear()
    spec = importlib.util.spec_from_file_location("hidden_tests", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ReferenceBroken(f"no Python file at {path}")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    tests = tuple(_collected)
    names = [hidden.name for hidden in tests]
    if not tests or len(set(names)) != len(names):
        raise ReferenceBroken(f"{path.name} must declare tests with unique names; found {names}")
    return tests


class Call:
    """Calls the contestant's functions: `call("loss", X, y, w)`.

    Args:
        peer: the contestant's process.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def __call__(self, function: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # values of the codec
        """Return what the contestant's function returned; each call sees a fresh module state.

        Raises:
            CallFailed: it did not return a value; ends the test with the right verdict.
        """
        return self._peer.call(function, args, kwargs).value

    def with_arguments(self, function: str, *args: Any, **kwargs: Any) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401
        """Return the result, and the positional arguments as the call left them.

        Raises:
            CallFailed: as above.
        """
        returned = self._peer.call(function, args, kwargs, return_args=True)
        return returned.value, returned.args


class Check:
    """Decides a test. Every method either returns or ends the test.

    Args:
        peer: knows which function was called last, for the message.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def _fail(self, verdict: CaseVerdict, code: str, **params: str | int | float) -> CallFailed:
        return CallFailed(
            verdict, Message(code=code, params={"function": self._peer.last_function, **params})
        )

    def _wrong_type(self, value: object, expected: str) -> CallFailed:
        """Return the failure; `expected` is a word of `scoring.kinds`."""
        if isinstance(value, np.ndarray):
            # The type alone: a text's length is the contestant's to choose and could carry something out.
            found, shape = value.dtype.type.__name__, _shape(value.shape)
            return self._fail(
                CaseVerdict.PE, "check-array-type", found=found, shape=shape, expected_kind=expected
            )
        found = "None" if value is None else type(value).__name__
        return self._fail(CaseVerdict.PE, "check-type", found=found, expected_kind=expected)

    def number(self, value: object) -> float:
        """Return a finite number as float; PE if it is none, WA if it is NaN or infinite."""
        if isinstance(value, np.ndarray | np.generic) and value.ndim == 0 and value.dtype.kind in "iuf":
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong_type(value, "number")
        if not math.isfinite(value):
            raise self._fail(CaseVerdict.WA, "check-not-finite")
        return float(value)

    def array(self, value: object, *, shape: tuple[int, ...] | None = None, finite: bool = True) -> Array:
        """Return an array or list of numbers as an array; PE for another type or shape, WA for NaN.

        Args:
            value: what a call returned.
            shape: exact shape; None for any.
            finite: whether NaN and infinities fail the test.
        """
        if isinstance(value, list | tuple):
            value = _as_array(value)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
            raise self._wrong_type(value, "numbers")
        if shape is not None and value.shape != shape:
            raise self._fail(CaseVerdict.PE, "check-shape", found=_shape(value.shape))
        if finite and not np.isfinite(value).all():
            raise self._fail(CaseVerdict.WA, "check-not-finite")
        return value

    def close(self, actual: Any, expected: Any, *, rtol: float = 1e-6, atol: float = 1e-9) -> None:  # noqa: ANN401
        """Fail with WA unless two numbers or arrays agree.

        Args:
            actual: from the contestant; a number or array, of the shape of `expected`.
            expected: the right value.
            rtol: relative part of the allowed distance `atol + rtol * |expected|`.
            atol: absolute part.
        """
        right = np.asarray(expected)
        found = self.array(actual, shape=right.shape) if right.ndim else np.asarray(self.number(actual))
        if not np.allclose(found, right, rtol=rtol, atol=atol):
            raise self._fail(CaseVerdict.WA, "check-not-close")

    def that(self, condition: object, *, en: str, zh: str) -> None:
        """Fail with WA, naming the property, unless `condition` is true.

        Args:
            condition: a bool, computed from checked values.
            en: the property that does not hold; never the hidden data.
            zh: the same in Chinese.
        """
        if not condition:
            raise CallFailed(CaseVerdict.WA, Message(code="check-property", params={"en": en, "zh": zh}))


def _as_array(values: list[Any] | tuple[Any, ...]) -> object:
    try:
        return np.asarray(values)
    except (ValueError, OverflowError):
        return values


def _shape(shape: tuple[int, ...]) -> str:
    """Return a shape for a message.

    Of an empty array only the zeros: its other lengths cost nothing, so they could carry hidden inputs out.
    """
    return str(shape) if 0 not in shape else f"({', '.join('…' if n else '0' for n in shape)})"
