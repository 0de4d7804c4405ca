import json
import sys

MOVES = [(0, -1), (1, 0), (0, 1), (-1, 0)]


def plan(lake):
    size = len(lake)
    values = [[0.0] * size for _ in lake]
    best = [[0] * size for _ in lake]
    for _ in range(600):
        for row in range(size):
            for column in range(size):
                if lake[row][column] in "HG":
                    continue
                worth = []
                for action in range(4):
                    total = 0.0
                    for side in (-1, 0, 1):
                        down, right = MOVES[(action + side) % 4]
                        r, c = min(max(row + down, 0), size - 1), min(max(column + right, 0), size - 1)
                        total += (lake[r][c] == "G") + 0.999 * values[r][c]
                    worth.append(total / 3)
                values[row][column] = max(worth)
                best[row][column] = worth.index(max(worth))
    return best


for line in sys.stdin:
    said = json.loads(line)
    if "lake" in said:
        policy = plan(said["lake"])
    elif "at" in said:
        row, column = said["at"]
        print(policy[row][column], flush=True)
