"""Rejudgings, for who runs a contest."""

from web.blueprints.rejudgings.routes import blueprint

__all__ = ["blueprint"]
