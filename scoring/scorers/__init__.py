"""One module per scorer of the contract: files in, report out. Loaded by name, each with its own imports."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scoring.contract import ScoringReport, ScoringRequest
from scoring.errors import ScorerMisconfigured
from scoring.options import SCORER_OPTIONS


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
    """Return the scorer called `name`: function `score_<name>` of the module of that name.

    Raises:
        ScorerMisconfigured: there is none.
    """
    if name not in SCORER_OPTIONS:
        raise ScorerMisconfigured(f"unknown scorer {name!r}; known: {', '.join(SCORER_OPTIONS)}")
    module = importlib.import_module(f"scoring.scorers.{name}")
    scorer: Callable[[ScoringRequest, Places], ScoringReport] = getattr(module, f"score_{name}")
    return scorer
