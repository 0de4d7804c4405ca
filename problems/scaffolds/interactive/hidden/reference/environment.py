"""The environment: it runs in the scorer's sandbox. See `scoring.interaction`."""

from scoring.interaction import Agent, episode

HIGHEST, MAX_GUESSES = 1000, 50


def declare(number: int, split: str) -> None:
    # Below `solved_at` an episode is a wrong answer; `lowest` is given for one that was not played on.
    @episode(
        f"game-{number}", lowest=0.0, solved_at=0.5, split=split,
        en=f"Game {number}", zh=f"第 {number} 局",
    )  # fmt: skip
    def game(agent: Agent, rng) -> float:
        secret, answer = int(rng.integers(1, HIGHEST + 1)), "start"
        for n_guesses in range(MAX_GUESSES):
            guess = agent.ask({"highest": HIGHEST, "answer": answer})
            is_guess = type(guess) is int and 1 <= guess <= HIGHEST
            agent.require(
                is_guess, en="A whole number from 1 to 1000 is expected.", zh="应回答 1 到 1000 之间的整数。"
            )
            if guess == secret:
                return 1.0 - n_guesses / MAX_GUESSES
            answer = "higher" if guess < secret else "lower"
        return 0.0


for number in range(1, 5):
    declare(number, "public" if number < 4 else "private")
