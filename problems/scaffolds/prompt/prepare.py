"""Builds the data: python prepare.py --out DIR --cache DIR [--seed N]

Data of a Python package comes from its wheel: name it under `data.downloads` in problem.yaml, with its
version and sha256, and read it from the folder `--cache`. Everything drawn must come from the seed.
"""

import argparse
import json
import random
from pathlib import Path

COLOURS = ("red", "blue", "green", "yellow", "black", "white")
THINGS = ("door", "bicycle", "lamp", "coat", "kettle", "boat", "ball", "chair", "pencil", "house")
N_SAMPLE, N_PUBLIC = 2, 4


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    sample, inputs, reference = [], [], []
    for number, thing in enumerate(rng.sample(THINGS, len(THINGS))):
        colour = rng.choice(COLOURS)
        row = {"id": f"n{number}", "note": f"We painted the old {thing} {colour} last summer."}
        if number < N_SAMPLE:
            sample.append({**row, "answer": colour})
            continue
        split = "public" if number < N_SAMPLE + N_PUBLIC else "private"
        inputs.append(row)
        reference.append({"id": row["id"], "answer": [colour], "split": split})
    write(args.out / "public" / "sample.jsonl", sample)
    write(args.out / "hidden" / "inputs" / "inputs.jsonl", inputs)
    write(args.out / "hidden" / "reference" / "reference.jsonl", reference)


if __name__ == "__main__":
    main()
