"""Predictions that are nearly equal, for who runs a contest."""

from web.blueprints.probing.routes import blueprint

__all__ = ["blueprint"]
