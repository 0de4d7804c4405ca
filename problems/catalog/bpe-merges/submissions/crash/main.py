import sys

lines = sys.stdin.read().split("\n\n\n")
print(1 / (len(lines) - 1))
