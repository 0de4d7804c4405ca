"""Front page, language switch and health."""

from web.blueprints.home.routes import blueprint

__all__ = ["blueprint"]
