import sys

for line in sys.stdin:
    if '"at"' in line:
        print(1, flush=True)
        raise SystemExit(1)
