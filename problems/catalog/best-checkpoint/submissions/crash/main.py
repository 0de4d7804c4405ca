n, budget = map(int, input().split())
print("?", 0, flush=True)
raise SystemExit(1)
