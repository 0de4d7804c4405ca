"""Builds the compression problem from the Japanese Vowels recordings that the aeon wheel ships.

    python prepare.py --out DIR --cache DIR [--seed N]

Reads `aeon-1.6.0-*.whl` (6.1 MiB) from the cache, which `python -m problems.build` puts there; uses no
network itself. All 640 utterances are dealt anew: 30 of each speaker are given, the others are hidden.
"""

import argparse
import zipfile
from pathlib import Path

import numpy as np
from source.examples import write_examples

FOLDER = "aeon/datasets/data/JapaneseVowels"
N_SPEAKERS, N_COEFFICIENTS, N_FRAMES = 9, 12, 29
PER_SPEAKER_TRAIN = 30
PUBLIC_SHARE = 0.4
N_SAMPLE = 90


def read_utterances(cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return float32 of shape (640, 12, 29), zeros after an utterance's end, and speakers 0 to 8."""
    wheels = sorted(cache.glob("aeon-1.6.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no aeon-1.6.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        texts = [wheel.read(f"{FOLDER}/JapaneseVowels_{part}.ts").decode() for part in ("TRAIN", "TEST")]
    lines = [line for text in texts for line in text.partition("@data")[2].split()]
    utterances = np.zeros((len(lines), N_COEFFICIENTS, N_FRAMES), dtype=np.float32)
    speakers = np.empty(len(lines), dtype=np.int64)
    for place, line in enumerate(lines):
        *series, speaker = line.split(":")
        frames = np.array([one.split(",") for one in series], dtype=np.float32)
        utterances[place, :, : frames.shape[1]] = frames
        speakers[place] = int(speaker) - 1
    if utterances.shape[0] != 640 or np.unique(speakers).size != N_SPEAKERS:
        raise SystemExit(f"{FOLDER} does not hold the recordings this problem was written for")
    return utterances, speakers


def deal(speakers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give each utterance its part, within each speaker: 0 public, 1 private, 2 training."""
    part = np.empty(len(speakers), dtype=np.uint8)
    for speaker in range(N_SPEAKERS):
        members = rng.permutation(np.flatnonzero(speakers == speaker))
        n_public = round(PUBLIC_SHARE * (len(members) - PER_SPEAKER_TRAIN))
        part[members] = 1
        part[members[:PER_SPEAKER_TRAIN]] = 2
        part[members[PER_SPEAKER_TRAIN : PER_SPEAKER_TRAIN + n_public]] = 0
    return part


def write_sample(utterances: np.ndarray, speakers: np.ndarray, out: Path) -> None:
    """Lay out some of the given utterances as the hidden ones are: smoke tests are judged on them."""
    for folder in ("inputs", "reference"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    np.save(out / "inputs" / "inputs.npy", utterances[:N_SAMPLE])
    split = np.zeros(N_SAMPLE, dtype=np.uint8)
    np.savez_compressed(out / "reference" / "reference.npz", y_true=speakers[:N_SAMPLE], split=split)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261127)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    utterances, speakers = read_utterances(args.cache)
    order = rng.permutation(len(speakers))
    utterances, speakers = utterances[order], speakers[order]
    part = deal(speakers, rng)
    is_hidden = part < 2

    for folder in ("public", "hidden/inputs", "hidden/reference"):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        args.out / "public" / "train.npz", utterances=utterances[~is_hidden], speakers=speakers[~is_hidden]
    )
    np.save(args.out / "hidden" / "inputs" / "inputs.npy", utterances[is_hidden])
    reference = args.out / "hidden" / "reference" / "reference.npz"
    np.savez_compressed(reference, y_true=speakers[is_hidden], split=part[is_hidden])
    write_sample(utterances[~is_hidden], speakers[~is_hidden], args.out / "public" / "sample")
    write_examples(utterances[~is_hidden], speakers[~is_hidden], args.out / "submissions")
    print(f"train {(~is_hidden).sum()}, public {(part == 0).sum()}, private {(part == 1).sum()}")


if __name__ == "__main__":
    main()
