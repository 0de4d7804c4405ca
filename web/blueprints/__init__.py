"""The portal's areas. They know nothing of each other; what they share is in `web.presenters`."""

from flask import Flask

from web.blueprints import (
    accounts,
    contests,
    home,
    leaderboards,
    organizer,
    problems,
    submissions,
    teams,
)


def register(app: Flask) -> None:
    """Register every area."""
    for area in (home, accounts, teams, problems, contests, submissions, leaderboards, organizer):
        app.register_blueprint(area.blueprint)
