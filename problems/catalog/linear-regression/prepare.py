"""Builds the data of the linear-regression exercise.

    python prepare.py --out DIR --cache DIR [--seed N]

Reads `islp-0.6.0-*.whl` (16 MiB) from the cache, which `python -m problems.build` puts there; uses no
network itself. Half of the cars are given to contestants, the hidden tests use the other half.
"""

import argparse
import csv
import io
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "ISLP/data/Auto.csv"
COLUMNS = ("displacement", "horsepower", "weight", "acceleration", "year", "mpg")
BROKEN = '''"""Saved in the middle of a thought."""

import numpy as np


def mse_loss(X, y, w, b:
    return float(np.mean((X @ w + b - y) ** 2)
'''
HERE = Path(__file__).resolve().parent


def read_cars(cache: Path) -> list[list[str]]:
    wheels = sorted(cache.glob("islp-0.6.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no islp-0.6.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        rows = csv.DictReader(io.StringIO(wheel.read(MEMBER).decode("utf-8")))
        cars = [[row[name] for name in COLUMNS] for row in rows]
    if len(cars) != 392:
        raise SystemExit(f"{MEMBER} is not the table this problem was written for")
    return cars


def write_csv(rows: list[list[str]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([list(COLUMNS), *rows])


def write_broken(out: Path) -> None:
    """Write what no Python tool should meet in the source tree: broken syntax, a zip called .py."""
    for name in ("syntax-error", "archive"):
        (out / name).mkdir(parents=True, exist_ok=True)
    (out / "syntax-error" / "solution.py").write_text(BROKEN)
    with zipfile.ZipFile(out / "archive" / "solution.py", "w") as archive:
        archive.writestr(zipfile.ZipInfo("solution.txt"), "def mse_loss(X, y, w, b): return 0.0\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261101)
    args = parser.parse_args()
    cars = read_cars(args.cache)
    order = np.random.default_rng(args.seed).permutation(len(cars))
    half = len(cars) // 2
    reference = args.out / "hidden" / "reference"
    write_csv([cars[i] for i in order[:half]], args.out / "public" / "auto_train.csv")
    write_csv([cars[i] for i in order[half:]], reference / "auto_hidden.csv")
    (reference / "tests.py").write_bytes((HERE / "source" / "tests.py").read_bytes())
    sample = args.out / "public" / "sample" / "reference"
    sample.mkdir(parents=True, exist_ok=True)
    (sample / "tests.py").write_bytes((HERE / "source" / "sample_tests.py").read_bytes())
    write_broken(args.out / "submissions")
    print(f"{half} cars given, {len(cars) - half} hidden")


if __name__ == "__main__":
    main()
