"""Builds the frozen-lake problem: its environment and the lakes it plays on go to the reference.

python prepare.py --out DIR --cache DIR [--seed N]
"""

import argparse
import json
import random
import shutil
from pathlib import Path

LAKES = ((4, "public"), (4, "public"), (5, "public"), (5, "public"), (4, "private"), (5, "private"))
HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    reference = args.out / "hidden" / "reference"
    reference.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "source" / "environment.py", reference / "environment.py")
    rng = random.Random(args.seed)
    lakes = [{"size": size, "split": split, "seed": rng.randrange(2**31)} for size, split in LAKES]
    (reference / "lakes.json").write_text(json.dumps(lakes, indent=1) + "\n")


if __name__ == "__main__":
    main()
