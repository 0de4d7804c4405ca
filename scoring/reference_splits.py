"""The splits in their fixed order, apart from the reference reader so that no grader imports Arrow."""

from typing import get_args

from scoring.contract import Split

SPLITS: tuple[Split, ...] = get_args(Split)
