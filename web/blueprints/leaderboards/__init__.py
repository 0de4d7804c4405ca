"""Leaderboards."""

from web.blueprints.leaderboards.routes import blueprint

__all__ = ["blueprint"]
