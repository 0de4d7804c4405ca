"""Talks with your program as the judge does: python3 talk.py python3 main.py"""

import random
import subprocess
import sys

rng = random.Random(1)
n_right = 0
for n, budget in ((10, 20), (1_000, 40), (1_000_000, 32)):
    for _ in range(3):
        best, slopes = rng.randrange(n), (rng.randint(1, 9), rng.randint(1, 9))
        player = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        left, said = budget, ["?"]
        told = f"{n} {budget}"
        while left >= 0 and said[:1] == ["?"]:
            print(told, file=player.stdin, flush=True)
            said = player.stdout.readline().split()
            if said[:1] == ["?"]:
                at, left = int(said[1]), left - 1
                told = str(2_000_000_000_000 + slopes[at > best] * abs(at - best))
        player.kill()
        player.communicate()
        is_right = said == ["!", str(best)]
        n_right += is_right
        words = "right" if is_right else f"wrong, {best} is the best"
        print(f"n = {n}: said {' '.join(said)}, {max(left, 0)} of {budget} questions left: {words}")
print(f"right in {n_right} of 9 tries")
