"""Whether what was found equals what is hidden, or might by chance. Pure arithmetic on columns."""

from typing import Any

import pandas as pd

# Beyond this a column is the label, not a good guess at it.
_MIN_KAPPA = 0.95
_MAX_CHANCE = 0.01
_MAX_ROWS = 200_000


def normal(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return values as text that is the same however they were written: `7`, `7.0` and `07` are one."""
    if values.dtype == bool:
        values = values.astype(int)
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().sum() == values.notna().sum():
        return numbers.map(lambda value: "" if pd.isna(value) else f"{value:.6g}")
    return values.fillna("").astype(str).str.strip().str.lower()


def is_label(found: "pd.Series[str]", truth: "pd.Series[str]") -> bool:
    """Whether values are the labels of their rows, or of those rows for which they say something.

    Measured by Cohen's kappa, so that a constant beside rare classes is none.

    Args:
        found: normal text, one for each row.
        truth: likewise, in the same order.
    """
    found, truth = found[:_MAX_ROWS].reset_index(drop=True), truth[:_MAX_ROWS].reset_index(drop=True)
    is_said = found.isin(set(truth) - {""})
    found, truth = found[is_said], truth[is_said]
    if len(found) < 3 or truth.nunique() < 2:
        return False
    agreed = float((found == truth).mean())
    expected = float((found.value_counts(normalize=True) * truth.value_counts(normalize=True)).sum())
    if expected >= 1 or (agreed - expected) / (1 - expected) < _MIN_KAPPA:
        return False
    return bool(expected ** len(found) < _MAX_CHANCE)


def is_recoded(found: "pd.Series[str]", truth: "pd.Series[str]") -> bool:
    """Whether values tell the label of their rows under other names, each class under one of its own."""
    is_said = (found != "") & (truth != "")
    found, truth = found[is_said][:_MAX_ROWS], truth[is_said][:_MAX_ROWS]
    n_classes = truth.nunique()
    if not 2 <= n_classes <= len(truth) / 4 or found.nunique() != n_classes:
        return False
    return len(pd.DataFrame({"found": found, "truth": truth}).drop_duplicates()) == n_classes


def is_beyond_chance(n_shared: int, n_rows: int, twin_share: float, n_features: int) -> bool:
    """Whether more hidden rows stand in other data than rows of this kind repeat themselves.

    Args:
        n_shared: hidden rows that were found.
        n_rows: hidden rows.
        twin_share: of the other data's rows, how many have a twin there.
        n_features: in a row; a single number repeats easily.
    """
    fewest = {1: 3, 2: 2}.get(n_features, 1)
    return n_shared >= fewest and n_shared > 3 * twin_share * n_rows
