"""Teams: create, join, leave."""

from web.blueprints.teams.routes import blueprint

__all__ = ["blueprint"]
