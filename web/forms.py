"""What the forms of all areas share: text fields with caps, and domain errors shown at their field."""

from typing import Any
from urllib.parse import urlsplit

from flask import flash, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from judge.errors import JudgeError
from web.i18n import error_text, field_texts

MAX_PASSWORD = 200  # hashing time grows with length


class EmptyForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the CSRF token."""


def required_text(label: object, *, longest: int, shortest: int = 1, **render: object) -> Field:
    """Return a text field that must be filled in.

    Args:
        label: lazy translation.
        longest: most characters taken.
        shortest: fewest characters taken.
        render: attributes of the input, e.g. `autocomplete`.
    """
    checks = [InputRequired(lazy_gettext("Fill this in.")), _length(shortest, longest)]
    return StringField(label, checks, filters=[stripped], render_kw={"maxlength": longest, **render})


def password_field(label: object, *, shortest: int = 1, autocomplete: str = "current-password") -> Field:
    """Return a password field.

    Args:
        label: lazy translation.
        shortest: fewest characters taken.
        autocomplete: tells password managers what is wanted.
    """
    checks = [InputRequired(lazy_gettext("Fill this in.")), _length(shortest, MAX_PASSWORD)]
    return PasswordField(label, checks, render_kw={"autocomplete": autocomplete, "maxlength": MAX_PASSWORD})


def show_error(form: FlaskForm, error: JudgeError) -> None:
    """Put a domain error where it belongs: at its fields, or above the form."""
    texts = field_texts(error)
    placed = False
    for name, text in texts.items():
        field: Any = form._fields.get(name)
        if field is not None:
            field.errors = [*field.errors, text]
            placed = True
    if not placed:
        flash(error_text(error), "danger")


def safe_next(target: str | None, default_endpoint: str = "home.index") -> str:
    """Return where to go after a form: a path of ours, never another site.

    Args:
        target: what the query string said.
        default_endpoint: where to go when that is missing or not ours.
    """
    if target and target.startswith("/") and not target.startswith(("//", "/\\")):
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc and "\\" not in target and target.isprintable():
            return target
    return url_for(default_endpoint)


def stripped(value: str | None) -> str | None:
    """Return what was typed without blanks around it: a filter of fields."""
    return value.strip() if isinstance(value, str) else value


def _length(shortest: int, longest: int) -> Length:
    if shortest > 1:
        return Length(min=shortest, max=longest, message=lazy_gettext("Use %(min)d to %(max)d characters."))
    return Length(max=longest, message=lazy_gettext("Use at most %(max)d characters."))
