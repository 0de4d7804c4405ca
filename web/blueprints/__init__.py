"""The portal's areas. They know nothing of each other; what they share is in `web.presenters`."""

from flask import Flask

from web.blueprints import (
    accounts,
    contests,
    home,
    images,
    leaderboards,
    organizer,
    problems,
    submissions,
    teams,
)


def register(app: Flask) -> None:
    """Register every area."""
    areas = (home, accounts, teams, problems, contests, submissions, leaderboards, organizer, images)
    for area in areas:
        app.register_blueprint(area.blueprint)
