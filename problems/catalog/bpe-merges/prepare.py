"""Builds the test cases of the byte-pair problem; needs no download.

python prepare.py --out DIR --cache DIR [--seed N]
"""

import argparse
import random
import shutil
from pathlib import Path

from source.merges import merges

HERE = Path(__file__).resolve().parent
SAMPLE = (3, ["low", "lower", "lowest", "low"])
SYLLABLES = ["ka", "lo", "mi", "ren", "tu", "sha", "bel", "or", "in", "da", "qui", "pe"]
BROKEN = '#include <stdio.h>\nint main(void) {\n    puts("l o");\n    return 0;\n'


def vocabulary(rng: random.Random, n_words: int) -> list[str]:
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(n_words)]


def text(rng: random.Random, n_letters: int) -> list[str]:
    """Return words with Zipf's frequencies, at most so many letters of them."""
    words = vocabulary(rng, max(4, n_letters // 12))
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    chosen, left = [], n_letters
    while True:
        word = rng.choices(words, weights)[0]
        if len(word) > left:
            return chosen or ["a"]
        chosen.append(word)
        left -= len(word)


def cases(rng: random.Random) -> dict[str, tuple[int, list[str]]]:
    found = {"sample/1": SAMPLE, "tiny/01": (5, ["aaa", "aaaa", "a"]), "tiny/02": (9, ["abab", "baba"])}
    for number in range(3, 6):
        found[f"tiny/{number:02d}"] = (rng.randint(3, 20), text(rng, 50))
    for number, n_letters in enumerate((2_000, 20_000, 20_000), start=1):
        found[f"large/{number:02d}"] = (200, text(rng, n_letters))
    found["large/04"] = (200, ["ab" * 5000, "ba" * 4999])
    found["private/tiny-1"], found["private/large-1"] = (8, text(rng, 45)), (200, text(rng, 20_000))
    return found


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    for name, (k, words) in cases(random.Random(args.seed)).items():
        given = f"{k}\n{' '.join(words)}\n"
        answer = "".join(f"{left} {right}\n" for left, right in merges(words, k))
        write(args.out / "hidden" / "inputs" / f"{name}.in", given)
        write(args.out / "hidden" / "reference" / f"{name}.ans", answer)
        if name.startswith("sample/"):
            write(args.out / "public" / "samples" / "1.in", given)
            write(args.out / "public" / "samples" / "1.ans", answer)
    # No tool should meet broken syntax in the source tree.
    write(args.out / "submissions" / "syntax" / "main.c", BROKEN)
    if args.out.resolve() != HERE:
        shutil.copytree(HERE / "submissions", args.out / "submissions", dirs_exist_ok=True)


if __name__ == "__main__":
    main()
