"""One module per scorer of the contract: files in, report out. Loaded by name, each with its own imports."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scoring.contract import SCORER_OPTIONS, ScoringReport, ScoringRequest
from scoring.errors import ScorerMisconfigured


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are.

    Attributes:
        inputs: folder that the request's file names are relative to.
        channel: Unix socket to the contestant's process (scorer `function`).
    """

    inputs: Path
    channel: Path


def find_scorer(name: str) -> Callable[[ScoringRequest, Places], ScoringReport]:
    """Return the scorer called `name`.

    Raises:
        ScorerMisconfigured: there is none.
    """
    if name not in SCORER_OPTIONS:
        raise ScorerMisconfigured(f"unknown scorer {name!r}; known: {', '.join(SCORER_OPTIONS)}")
    if name == "table":
        from scoring.scorers.table import score_table

        return score_table
    if name == "arrays":
        from scoring.scorers.arrays import score_arrays

        return score_arrays
    from scoring.scorers.function import score_function

    return score_function
