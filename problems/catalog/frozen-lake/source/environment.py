"""Plays FrozenLake on the maps of `lakes.json`; see scoring.interaction."""

import json
from pathlib import Path

import gymnasium
import numpy as np
from gymnasium.envs.toy_text.frozen_lake import generate_random_map

from scoring.interaction import Agent, episode

ATTEMPTS = 10
MAX_STEPS = 100


def play(size: int, agent: Agent, rng: np.random.Generator) -> float:
    lake = generate_random_map(size=size, p=0.85, seed=int(rng.integers(2**31)))
    world = gymnasium.make(
        "FrozenLake-v1", desc=lake, is_slippery=True, max_episode_steps=MAX_STEPS
    ).unwrapped
    agent.tell({"lake": lake, "attempts": ATTEMPTS})
    n_reached = 0.0
    for _ in range(ATTEMPTS):
        n_reached += attempt(size, agent, world, int(rng.integers(2**31)))
    return n_reached / ATTEMPTS


def attempt(size: int, agent: Agent, world: gymnasium.Env, seed: int) -> float:
    at, _ = world.reset(seed=seed)
    reward = 0.0
    for _ in range(MAX_STEPS):
        action = agent.ask({"at": [int(at) // size, int(at) % size]})
        is_action = type(action) is int and 0 <= action <= 3
        agent.require(
            is_action, en="A whole number from 0 to 3 is expected.", zh="应回答 0 到 3 之间的整数。"
        )
        at, reward, is_over, _, _ = world.step(action)
        if is_over:
            break
    agent.tell({"end": float(reward)})
    return float(reward)


def declare(number: int, size: int, split: str, seed: int) -> None:
    @episode(
        f"lake-{number}", lowest=0.0, solved_at=0.5, split=split,
        en=f"Lake {number}, {size} by {size}", zh=f"第 {number} 片湖，{size} × {size}",
    )  # fmt: skip
    def lake(agent: Agent, _rng: np.random.Generator) -> float:
        return play(size, agent, np.random.default_rng(seed))


for index, made in enumerate(json.loads(Path(__file__).with_name("lakes.json").read_text()), start=1):
    declare(index, **made)
