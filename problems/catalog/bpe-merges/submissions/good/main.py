import sys
from collections import Counter, defaultdict

k = int(sys.stdin.readline())
words = Counter(sys.stdin.readline().split())
pieces = [list(word) for word in words]
times = list(words.values())
counts = Counter()
where = defaultdict(set)


def add(index, sign):
    symbols, n = pieces[index], sign * times[index]
    for pair in zip(symbols, symbols[1:]):
        counts[pair] += n
        if sign > 0:
            where[pair].add(index)
        elif not counts[pair]:
            del counts[pair]


for index in range(len(pieces)):
    add(index, 1)
for _ in range(k):
    if not counts:
        break
    best = min(counts, key=lambda pair: (-counts[pair], pair))
    print(*best)
    left, right = best
    for index in where.pop(best):
        symbols = pieces[index]
        add(index, -1)
        merged, i = [], 0
        while i < len(symbols):
            if i + 1 < len(symbols) and symbols[i] == left and symbols[i + 1] == right:
                merged.append(left + right)
                i += 2
            else:
                merged.append(symbols[i])
                i += 1
        pieces[index] = merged
        add(index, 1)
