"""A start: reads the input and prints nothing yet."""

import sys


def main() -> None:
    k = int(sys.stdin.readline())
    words = [list(word) for word in sys.stdin.readline().split()]
    for _ in range(k):
        if not any(len(symbols) > 1 for symbols in words):
            break
        # count the pairs of neighbouring symbols, print the best one, merge it


main()
