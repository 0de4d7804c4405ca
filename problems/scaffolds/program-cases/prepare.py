"""Builds the test cases: python prepare.py --out DIR --cache DIR [--seed N]

Everything drawn must come from the seed.
"""

import argparse
import random
from pathlib import Path

CASES = {
    "sample/1": 3, "small/1": 10, "small/2": 9, "large/1": 1_000, "large/2": 10_000,
    "private/small-1": 10, "private/large-1": 10_000,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    for name, n in CASES.items():
        numbers = [rng.randint(1, 1_000_000) for _ in range(n)]
        given = args.out / "hidden" / "inputs" / f"{name}.in"
        right = args.out / "hidden" / "reference" / f"{name}.ans"
        for path in (given, right):
            path.parent.mkdir(parents=True, exist_ok=True)
        given.write_text(f"{n}\n{' '.join(map(str, numbers))}\n")
        right.write_text(f"{sum(numbers)}\n")


if __name__ == "__main__":
    main()
