"""`judge leaderboard CONTEST` shows a board; `judge leaderboard rebuild` is for who keeps the judge."""

from typing import Any

import typer

from judge.cli.lazy import Lazy, group
from judge.cli.team import leaderboard

SHOW = "show"
SERVER = {
    "rebuild": Lazy(
        "judge.cli.boards", "rebuild", "Compute leaderboards anew from submissions, or check them."
    ),
}


class ShowByDefault(group(SERVER)):  # type: ignore[misc]  # a class made by a function
    """Takes what is no sub-command for the contest to show."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's or typer's own
        """Put `show` before anything that is neither a sub-command nor a call for help."""
        if args and args[0] not in {*self.list_commands(ctx), *ctx.help_option_names}:
            args = [SHOW, *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


app = typer.Typer(cls=ShowByDefault, no_args_is_help=True)
app.command(SHOW)(leaderboard)


@app.callback()
def main() -> None:
    """Show a contest's leaderboard: judge leaderboard CONTEST."""
