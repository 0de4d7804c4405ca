"""Builds the checkpoint problem: an interactor and one loss curve for each test case.

    python prepare.py --out DIR --cache DIR [--seed N]

A budget is what Fibonacci search needs and two more; the first, the second and the fourth case are generous.
"""

import argparse
import json
import random
import shutil
from pathlib import Path

CASES = ((10, 20), (1_000, 40), (1_000_000, None), (50_000, 60), (1_000_000_000, None))
HERE = Path(__file__).resolve().parent


def least_budget(n: int) -> int:
    """Return how many questions Fibonacci search asks in the worst case, and two more."""
    smaller, larger, n_questions = 1, 2, 1
    while larger - 1 < n:
        smaller, larger, n_questions = larger, smaller + larger, n_questions + 1
    return n_questions + 2


def side(rng: random.Random) -> dict[str, float]:
    """Return how one side of a curve rises: a steady slope, and a bend that flattens out."""
    return {
        "slope": rng.randint(1, 9),
        "bend": rng.randint(100_000_000_000, 2_000_000_000_000),
        "reach": rng.uniform(0.02, 0.4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261128)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    inputs, reference = args.out / "hidden" / "inputs", args.out / "hidden" / "reference"
    inputs.mkdir(parents=True, exist_ok=True)
    reference.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "source" / "interactor.py", reference / "interactor.py")
    for number, (n, budget) in enumerate(CASES, start=1):
        best = rng.randrange(n // 10, n - n // 10)
        curve = {
            "n": n, "budget": budget or least_budget(n),
            "lowest": rng.randint(1_500_000_000_000, 2_500_000_000_000),
            "before": side(rng), "after": side(rng),
        }  # fmt: skip
        (inputs / f"{number:02}.in").write_text(json.dumps(curve) + "\n")
        (reference / f"{number:02}.ans").write_text(f"{best}\n")


if __name__ == "__main__":
    main()
