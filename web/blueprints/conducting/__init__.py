"""Running a contest: how it is ranked, who takes part, when results are final."""

from web.blueprints.conducting.routes import blueprint

__all__ = ["blueprint"]
