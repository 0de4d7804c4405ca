"""Reading of tables and logging, as graders written for mle-bench use them."""

import json
import logging
from pathlib import Path

import pandas as pd


def read_csv(*args, **kwargs) -> pd.DataFrame:  # noqa: ANN002, ANN003 - those of pandas
    """Read a table with numbers exact to the last digit; an empty file is an empty table."""
    try:
        return pd.read_csv(*args, **{"float_precision": "round_trip", **kwargs})
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def read_jsonl(file_path: str, skip_commented_out_lines: bool = False) -> list[dict]:
    """Read an object from every line."""
    lines = [line.strip() for line in Path(file_path).read_text("utf-8").splitlines()]
    if skip_commented_out_lines:
        lines = [line for line in lines if line and not line.startswith(("#", "//"))]
    return [json.loads(line) for line in lines if line]


def load_answers(path_to_answers: Path) -> object:
    """Read the answers, of either format."""
    return (
        read_jsonl(str(path_to_answers)) if path_to_answers.suffix == ".jsonl" else read_csv(path_to_answers)
    )


def get_logger(name: str) -> logging.Logger:
    """Return a logger."""
    return logging.getLogger(name)
