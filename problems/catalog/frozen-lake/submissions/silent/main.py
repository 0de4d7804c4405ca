import sys

for line in sys.stdin:
    while '"at"' in line:
        pass
