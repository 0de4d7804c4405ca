import math

n, budget = map(int, input().split())
known = {}


def loss(at):
    if at >= n:
        return math.inf
    if at not in known:
        print("?", at, flush=True)
        known[at] = int(input())
    return known[at]


smaller, larger = 1, 2
while larger - 1 < n:
    smaller, larger = larger, smaller + larger
before = -1  # the best one is among the larger - 1 that follow
while larger > 2:
    step = larger - smaller
    if loss(before + step) >= loss(before + smaller):
        before += step
    smaller, larger = step, smaller
print("!", before + 1, flush=True)
