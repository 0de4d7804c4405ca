import json
import sys

guess = 0
for line in sys.stdin:
    guess = 1 if json.loads(line)["answer"] == "start" else guess + 1
    print(guess, flush=True)
