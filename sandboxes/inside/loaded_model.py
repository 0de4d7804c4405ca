"""What every loader of a model shares: the model ready to answer, and the fault of a submission."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DETAIL_CHARS = 80

Infer = Callable[["np.ndarray[Any, Any]"], object]


class ModelFault(Exception):
    """The submission is at fault.

    Attributes:
        code: of the fixed list that the judge has texts for.
        params: for the text's placeholders; text is cut to 80 characters.
    """

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = {key: cut(value) if isinstance(value, str) else value for key, value in params.items()}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to answer.

    Attributes:
        infer: float32 array of shape (batch, ...) -> what the model returned, converted to numpy.
        n_parameters: numbers stored in the file.
        fixed_batch: the only batch size it accepts, or None.
    """

    infer: Infer
    n_parameters: int
    fixed_batch: int | None = None


def cut(text: str) -> str:
    """Shorten a library's message to one line that may be shown; paths of ours are removed."""
    line = " ".join(re.sub(r"/(?:job|usr|opt|lib)[^\s'\">:]*", "…", text).split())
    return line if len(line) <= MAX_DETAIL_CHARS else line[: MAX_DETAIL_CHARS - 1] + "…"


def describe_error(error: BaseException) -> str:
    """Pick the line of a library's message that says something; for torch that is often the last.

    Args:
        error: what the library raised.

    Returns:
        Its type and that line.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("RuntimeError:", "size mismatch", "Missing key"))]
    chosen = telling[-1] if telling else (lines[0] if lines else "")
    return f"{type(error).__name__}: {chosen.removeprefix('RuntimeError: ')}"
