n, budget = map(int, input().split())
losses = []
for at in range(n + budget):
    print("?", min(at, n - 1), flush=True)
    losses.append(int(input()))
print("!", losses.index(min(losses)), flush=True)
