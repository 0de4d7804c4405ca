"""Looks for hidden samples, rows of arrays or lists of numbers in requests, in what contestants have."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from problems.errors import Finding
from problems.lint_leaks_chance import is_beyond_chance, normal
from problems.lint_leaks_pieces import Piece, canonical, digest, json_lines
from problems.lint_leaks_truth import Labels, Truth, read_arrays

# Fewer numbers than these may be the same by chance.
_MIN_NUMBERS = 4
Array = "np.ndarray[Any, Any]"


def check_rows(
    truth: Truth, reference: Sequence[Piece], inputs: Sequence[Piece], public: Sequence[Piece]
) -> Iterator[Finding]:
    """Compare samples that submissions are judged on with those that contestants have.

    Args:
        truth: what is hidden.
        reference: what only the scorer may read: requests of a service among it.
        inputs: hidden inputs.
        public: what contestants have.

    Yields:
        Findings: labels-exposed, inputs-in-training, requests-exposed.
    """
    arrays = read_arrays(public)
    for name, array in read_arrays(inputs).items():
        rows = list(row_digests(array))
        labels = next((one for one in truth.labels if len(one.values) == len(rows)), None)
        if rows:
            yield from _check_samples(name, rows, labels, arrays)
    for piece in reference:
        if piece.suffix == ".jsonl":
            yield from _check_requests(piece, arrays, public)


def row_digests(array: "np.ndarray[Any, Any]") -> Iterator[bytes]:
    """Yield a digest of each row, in a form that does not depend on the dtype it is stored in."""
    if array.ndim < 2 or array.dtype.kind not in "fiub" or not array.size:
        return
    flat = array.reshape(len(array), -1).astype("float32")
    # 0-255 bytes and 0-1 floats are one picture.
    if array.dtype.kind in "iu" and flat.max() > 1:
        flat = flat / 255
    if flat.shape[1] >= _MIN_NUMBERS:
        yield from (digest(row.tobytes()) for row in flat.round(4) + np.float32(0))


def _check_samples(
    source: str, rows: Sequence[bytes], labels: Labels | None, arrays: Mapping[str, "np.ndarray[Any, Any]"]
) -> Iterator[Finding]:
    position = {row: at for at, row in enumerate(rows)}
    for name, array in arrays.items():
        known = list(row_digests(array))
        shared = [(at, position[row]) for at, row in enumerate(known) if row in position]
        n_shared = len({place for _, place in shared})
        rest = pd.Series([row for row in known if row not in position], dtype=object)
        twin_share = float(rest.duplicated(keep=False).mean()) if len(rest) else 0.0
        if not is_beyond_chance(n_shared, len(rows), twin_share, 3):
            continue
        if labels is not None and _tells_labels(name, shared, labels, len(known), arrays):
            message = f"{n_shared} hidden rows of {source} stand in it with their label"
            yield Finding("labels-exposed", message, name)
        else:
            message = f"{n_shared} rows are also hidden inputs, of {source}"
            yield Finding("inputs-in-training", message, name, severity="warning")


def _tells_labels(
    name: str,
    shared: Sequence[tuple[int, int]],
    labels: Labels,
    n_rows: int,
    arrays: Mapping[str, "np.ndarray[Any, Any]"],
) -> bool:
    """Whether an array beside this one says what the labels of the shared rows are."""
    home = name.partition("!")[0].rpartition("/")[0]
    for other, array in arrays.items():
        if array.ndim == 1 and len(array) == n_rows and other.startswith(home):
            found = normal(pd.Series(array[[at for at, _ in shared]]))
            truth = labels.values.iloc[[place for _, place in shared]].reset_index(drop=True)
            if (found == truth).mean() > 0.5:
                return True
    return False


def _check_requests(
    piece: Piece, arrays: Mapping[str, "np.ndarray[Any, Any]"], public: Sequence[Piece]
) -> Iterator[Finding]:
    """Compare a service's questions with arrays, and with lines of JSON that hold question and answer."""
    questions = [line for line in json_lines(piece) if isinstance(line, dict) and "expected" in line]
    rows, answers, pairs = [], [], set()
    for question in questions:
        body, expected = question.get("json", question.get("body")), question["expected"]
        pairs.add((canonical(body), canonical(expected)))
        label = next(iter(expected.values()), None) if isinstance(expected, dict) else expected
        for numbers in _lists(body):
            rows += list(row_digests(np.array([numbers])))
            answers.append(str(label))
    labels = Labels(piece.name, "expected", normal(pd.Series(answers, dtype=object)))
    if rows and len(rows) == len(answers):
        yield from _check_samples(piece.name, rows, labels, arrays)
    for other in public:
        n_told = sum(_tells(line, pairs) for line in json_lines(other))
        if n_told:
            message = f"{n_told} requests of {piece.name} stand in it with their answer"
            yield Finding("requests-exposed", message, other.name)


def _lists(body: Any) -> Iterator[list[float]]:  # noqa: ANN401 - JSON
    values = body.values() if isinstance(body, dict) else [body]
    for value in values:
        if isinstance(value, list) and len(value) >= _MIN_NUMBERS:
            if all(type(number) in (int, float) for number in value):
                yield value
            elif all(isinstance(row, list) for row in value):
                for row in value:
                    yield from _lists(row)


def _tells(line: Any, pairs: set[tuple[str, str]]) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(line, dict):
        return False
    parts = {canonical(value) for value in line.values()}
    return any(body in parts and expected in parts for body, expected in pairs)
