"""Talks with one run of a contestant's program: interactor.py INPUT ANSWER FEEDBACK; ends with 42 or 43."""

import json
import math
import sys
from pathlib import Path

RIGHT, WRONG = 42, 43
MAX_LINE = 100


def loss(curve: dict, best: int, at: int) -> int:
    """Return a loss in units of 10**-12: lowest at `best`, and higher with each step away from it."""
    side, away = curve["before" if at < best else "after"], abs(at - best)
    bend = math.floor(side["bend"] * -math.expm1(-away / (side["reach"] * curve["n"])))
    return curve["lowest"] + side["slope"] * away + bend


def number(word: str, n: int) -> int:
    """Return a checkpoint's number; ends the run when it is none."""
    if not (word.isascii() and word.isdigit() and len(word) <= 10 and int(word) < n):
        end(WRONG, f"{word!r} is no checkpoint")
    return int(word)


def end(code: int, why: str) -> None:
    print(why, file=sys.stderr)
    sys.exit(code)


def main() -> None:
    curve = json.loads(Path(sys.argv[1]).read_text())
    best = int(Path(sys.argv[2]).read_text())
    print(curve["n"], curve["budget"], flush=True)
    left = curve["budget"]
    while True:
        words = sys.stdin.readline(MAX_LINE).split()
        match words:
            case ["?", word] if left:
                left -= 1
                print(loss(curve, best, number(word, curve["n"])), flush=True)
            case ["!", word]:
                chosen = number(word, curve["n"])
                end(RIGHT if chosen == best else WRONG, f"chose {chosen}, the best is {best}")
            case _:
                end(WRONG, f"said {words!r} with {left} questions left")


if __name__ == "__main__":
    main()
