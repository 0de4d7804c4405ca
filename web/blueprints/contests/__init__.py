"""Contests: list, page, entry."""

from web.blueprints.contests.routes import blueprint

__all__ = ["blueprint"]
