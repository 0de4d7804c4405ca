"""Keeps torch.export's loader from unpickling. Runs in the untrusted sandbox.

The loader reads some tensors with `torch.load(..., weights_only=False)`, falls back to that where the careful
way fails, and has `pickle.loads` for opaque constants (torch 2.13). Any of the three would run code that a
file brings along, so while a program is loaded there is one way only, the careful one.
"""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


def _refuse(*_: object, **__: object) -> NoReturn:
    raise pickle.UnpicklingError("a part of the file is a pickle")


@contextmanager
def tensors_only() -> Iterator[None]:
    """While this is open `torch.load` reads tensors alone and `pickle.loads` nothing at all."""
    import torch

    load, loads = torch.load, pickle.loads

    def careful(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as torch.load
        return load(*args, **{**named, "weights_only": True})

    torch.load, pickle.loads = careful, _refuse
    try:
        yield
    finally:
        torch.load, pickle.loads = load, loads
