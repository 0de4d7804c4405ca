"""Accounts: register, sign in, settings, tokens."""

from web.blueprints.accounts.routes import blueprint

__all__ = ["blueprint"]
