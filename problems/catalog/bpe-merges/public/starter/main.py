"""A start: reads the input and prints nothing yet."""

import sys


def main() -> None:
    k = int(sys.stdin.readline())
    words = sys.stdin.readline().split()
    for _ in range(k):
        # count the pairs of neighbouring symbols in `words`, print the best one, merge it
        break


main()
