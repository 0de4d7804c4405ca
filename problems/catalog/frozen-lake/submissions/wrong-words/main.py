import sys

for line in sys.stdin:
    if '"at"' in line:
        print('"south"', flush=True)
