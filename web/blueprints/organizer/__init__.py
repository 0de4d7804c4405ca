"""The organizer's overview."""

from web.blueprints.organizer.routes import blueprint

__all__ = ["blueprint"]
