input()
print(500, flush=True)
raise SystemExit(1)
