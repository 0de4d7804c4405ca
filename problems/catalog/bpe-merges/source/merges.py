"""The reference: byte-pair merges with counts that are kept up to date.

Independent of the example submissions.
"""

from collections import Counter, defaultdict
from itertools import pairwise


def merges(words: list[str], k: int) -> list[tuple[str, str]]:
    """Return the merges, in order."""
    counted = Counter(words)
    pieces = [list(word) for word in counted]
    times = list(counted.values())
    counts: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, symbols in enumerate(pieces):
        for pair in pairwise(symbols):
            counts[pair] += times[index]
            where[pair].add(index)
    made = []
    for _ in range(k):
        if not counts:
            break
        most = max(counts.values())
        best = min(pair for pair, n in counts.items() if n == most)
        made.append(best)
        for index in list(where[best]):
            change(pieces, times, counts, where, index, best)
    return made


def change(pieces, times, counts, where, index, best) -> None:
    symbols = pieces[index]
    for pair in pairwise(symbols):
        counts[pair] -= times[index]
        if counts[pair] == 0:
            del counts[pair]
        where[pair].discard(index)
    merged, position = [], 0
    while position < len(symbols):
        if tuple(symbols[position : position + 2]) == best:
            merged.append(best[0] + best[1])
            position += 2
        else:
            merged.append(symbols[position])
            position += 1
    pieces[index] = merged
    for pair in pairwise(merged):
        counts[pair] += times[index]
        where[pair].add(index)
