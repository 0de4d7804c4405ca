import json
import sys

for line in sys.stdin:
    said = json.loads(line)
    if said["answer"] == "start":
        low, high = 1, said["highest"]
    elif said["answer"] == "higher":
        low = guess + 1
    else:
        high = guess - 1
    guess = (low + high) // 2
    print(guess, flush=True)
