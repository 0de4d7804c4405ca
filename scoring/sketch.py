"""A digest of a predictions file in two KiB, of which two tell what share of their rows are equal.

Whoever probes a hidden set hands in files that differ in a few rows. The same rows, drawn once for a problem
version, are looked at in every file; each leaves one byte: a hash of its values, rounded to three significant
digits so that noise in the last digits changes nothing. The share of equal bytes is the share of equal rows,
within 0.5 % for shares above 95 % (2048 rows, one standard error).
"""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from scoring.metrics.base import Array

N_ROWS = 2048
_DIGITS = 3
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # splitmix64, Steele et al. 2014


def sampled_rows(n_rows: int, seed: int) -> Array:
    """Return the rows that are looked at, int array of shape (at most `N_ROWS`,), ascending.

    Args:
        n_rows: of the reference.
        seed: of the problem version.
    """
    if n_rows <= N_ROWS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng((seed % 2**64, 7)).integers(0, n_rows, N_ROWS))


def of_columns(values: Array, seed: int) -> str:
    """Return the sketch of predictions in the reference's order, as Base64.

    Args:
        values: float or int array of shape (n_rows,) or (n_rows, n_columns).
        seed: of the problem version.
    """
    chosen = values[sampled_rows(values.shape[0], seed)]
    columns = chosen.reshape(chosen.shape[0], -1).astype(np.float64)
    digest = np.zeros(columns.shape[0], dtype=np.uint64)
    with np.errstate(all="ignore"):
        power = np.floor(np.log10(np.abs(np.where(columns == 0, 1, columns)))) - (_DIGITS - 1)
        # The least of all floats are so small that the power of ten is 0: any number will do for them.
        mantissa = np.nan_to_num(np.round(columns / 10.0**power), nan=0.0, posinf=0.0, neginf=0.0)
    for column in range(columns.shape[1]):
        for part in (power[:, column], mantissa[:, column]):
            digest = _mixed(digest + part.astype(np.int64).astype(np.uint64) + _ODD)
    return _text((digest & np.uint64(0xFF)).astype(np.uint8).tobytes())


def of_records(values: Sequence[Any], seed: int) -> str:
    """Return the sketch of answers in the reference's order: texts, lists, whatever JSON holds."""
    rows = sampled_rows(len(values), seed)
    return _text(bytes(_crc(values[row]) & 0xFF for row in rows))


def _mixed(bits: Array) -> Array:
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX[1]
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def _crc(value: Any) -> int:  # noqa: ANN401 - an answer of any kind of records
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return zlib.crc32(" ".join(text.lower().split()).encode())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
