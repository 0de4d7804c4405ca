"""How views reach the runtime and the person in front of the screen."""

from typing import TYPE_CHECKING, cast

from flask import Flask, current_app
from flask_login import current_user

if TYPE_CHECKING:
    from judge.runtime import Runtime
    from judge.settings import Settings
    from web.access import SignedIn


def runtime() -> "Runtime":
    """Return the runtime of the running application."""
    return cast("Runtime", current_app.extensions["judge"])


def settings() -> "Settings":
    """Return the settings of the running application."""
    return runtime().settings


def viewer() -> "SignedIn | None":
    """Return who is signed in, or None."""
    user = current_user._get_current_object()
    return cast("SignedIn", user) if user.is_authenticated else None


def signed_in_user() -> "SignedIn":
    """Return who is signed in, on routes whose access rule guarantees that somebody is."""
    user = viewer()
    if user is None:
        raise RuntimeError("this route needs @signed_in")
    return user


def configure(app: Flask) -> None:
    """Offer the viewer to every template."""

    @app.context_processor
    def offer_viewer() -> dict[str, object]:
        return {"viewer": viewer()}
