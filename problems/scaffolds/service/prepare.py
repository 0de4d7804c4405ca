"""Builds the requests: python prepare.py --out DIR --cache DIR [--seed N]

Everything drawn must come from the seed.
"""

import argparse
import json
import random
from pathlib import Path

N_PUBLIC, N_PRIVATE = 30, 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    reference = args.out / "hidden" / "reference"
    reference.mkdir(parents=True, exist_ok=True)
    with (reference / "requests.jsonl").open("w", encoding="utf-8") as sink:
        for number in range(N_PUBLIC + N_PRIVATE):
            asked = rng.randint(2, 10**6)
            request = {
                "id": number,
                "split": "public" if number < N_PUBLIC else "private",
                "method": "POST",
                "path": "/square",
                "json": {"number": asked},
                "expected": {"square": asked * asked},
            }
            print(json.dumps(request), file=sink)


if __name__ == "__main__":
    main()
