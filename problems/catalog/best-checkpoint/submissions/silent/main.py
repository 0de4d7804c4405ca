n, budget = map(int, input().split())
print("?", 0, flush=True)
while True:
    pass
