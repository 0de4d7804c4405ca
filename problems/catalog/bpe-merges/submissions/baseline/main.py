import sys
from collections import Counter

k = int(sys.stdin.readline())
words = [list(word) for word in sys.stdin.readline().split()[:100]]
for _ in range(k):
    counts = Counter()
    for word in words:
        for i in range(len(word) - 1):
            counts.update([(word[i], word[i + 1])])
    if not counts:
        break
    best = sorted(counts, key=lambda pair: (-counts[pair], pair))[0]
    print(*best)
    for n, word in enumerate(words):
        merged = []
        for symbol in word:
            if merged and (merged[-1], symbol) == best:
                merged[-1] = merged[-1] + symbol
            else:
                merged.append(symbol)
        words[n] = merged
