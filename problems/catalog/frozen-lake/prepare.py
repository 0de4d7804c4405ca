"""Builds the frozen-lake problem: its environment goes to the reference, the lakes are made while playing.

    python prepare.py --out DIR --cache DIR [--seed N]
"""

import argparse
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    target = args.out / "hidden" / "reference" / "environment.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "source" / "environment.py", target)


if __name__ == "__main__":
    main()
