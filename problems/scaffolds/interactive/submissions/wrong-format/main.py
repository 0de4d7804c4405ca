import sys

for line in sys.stdin:
    print("\"five hundred\"", flush=True)
