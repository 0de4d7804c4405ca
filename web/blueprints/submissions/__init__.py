"""Submissions: form, live page, history."""

from web.blueprints.submissions.routes import blueprint

__all__ = ["blueprint"]
