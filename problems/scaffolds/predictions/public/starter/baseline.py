"""Writes the mean for every row: python baseline.py"""

import csv
from pathlib import Path

data = Path(__file__).resolve().parent.parent
with (data / "train.csv").open(encoding="utf-8") as source:
    targets = [float(row["target"]) for row in csv.DictReader(source)]
mean = sum(targets) / len(targets)
with (data / "test.csv").open(encoding="utf-8") as source:
    rows = [[row["id"], mean] for row in csv.DictReader(source)]
with Path("submission.csv").open("w", encoding="utf-8", newline="") as sink:
    csv.writer(sink).writerows([["id", "prediction"], *rows])
