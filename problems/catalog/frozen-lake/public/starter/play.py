"""Plays some lakes with your program, as the judge does: python3 play.py python3 main.py"""

import json
import subprocess
import sys

import gymnasium
from gymnasium.envs.toy_text.frozen_lake import generate_random_map

player = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def tell(value):
    player.stdin.write(json.dumps(value) + "\n")
    player.stdin.flush()


for seed in range(3):
    lake = generate_random_map(size=4, p=0.85, seed=seed)
    world = gymnasium.make("FrozenLake-v1", desc=lake, is_slippery=True).unwrapped
    tell({"lake": lake, "attempts": 10})
    reached = 0
    for attempt in range(10):
        at, _ = world.reset(seed=100 * seed + attempt)
        for _ in range(100):
            tell({"at": [int(at) // 4, int(at) % 4]})
            at, reward, is_over, _, _ = world.step(json.loads(player.stdout.readline()))
            if is_over:
                break
        reached += reward
        tell({"end": float(reward)})
    print(f"lake {seed}: {reached / 10:.1f}")
