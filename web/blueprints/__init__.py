"""The portal's areas. They know nothing of each other; what they share is in `web.presenters`."""

from flask import Flask

from web.blueprints import (
    accounts,
    conducting,
    contests,
    home,
    images,
    leaderboards,
    organizer,
    probing,
    problems,
    rejudgings,
    submissions,
    teams,
)


def register(app: Flask) -> None:
    """Register every area."""
    areas = (home, accounts, teams, problems, contests, submissions, leaderboards)
    for area in (*areas, organizer, conducting, rejudgings, probing, images):
        app.register_blueprint(area.blueprint)
