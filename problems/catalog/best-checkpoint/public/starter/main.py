n, budget = map(int, input().split())


def loss(at):
    print("?", at, flush=True)
    return int(input())


low, high = 0, n - 1
while low < high:
    middle = (low + high) // 2
    if loss(middle) < loss(middle + 1):
        high = middle
    else:
        low = middle + 1
print("!", low, flush=True)
