import json
import random
import sys

for line in sys.stdin:
    if "at" in json.loads(line):
        print(random.Random(line).randrange(4), flush=True)
