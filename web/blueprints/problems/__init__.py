"""Problems: list, statement, downloads."""

from web.blueprints.problems.routes import blueprint

__all__ = ["blueprint"]
