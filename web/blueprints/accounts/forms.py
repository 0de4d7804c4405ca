"""Forms about the own account."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, Length, NumberRange, Optional

from web.forms import password_field, required_text
from web.i18n import LANGUAGES

MIN_PASSWORD = 8


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Name and password."""

    username = required_text(lazy_gettext("User name"), longest=40, autocomplete="username", autofocus=True)
    password = password_field(lazy_gettext("Password"))
    remember = BooleanField(lazy_gettext("Keep me signed in on this device"))


class RegisterForm(FlaskForm):  # type: ignore[misc]
    """A new account."""

    username = required_text(
        lazy_gettext("User name"), shortest=2, longest=40, autocomplete="username", autofocus=True
    )
    email = EmailField(
        lazy_gettext("E-mail (optional)"),
        [Optional(), Length(max=254, message=lazy_gettext("Use at most %(max)d characters."))],
        render_kw={"autocomplete": "email", "maxlength": 254},
    )
    password = password_field(lazy_gettext("Password"), shortest=MIN_PASSWORD, autocomplete="new-password")
    repeated = password_field(lazy_gettext("Password again"), autocomplete="new-password")

    def validate_repeated(self, field: object) -> None:
        """Refuse two different passwords."""
        EqualTo("password", lazy_gettext("The two passwords differ."))(self, field)


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """Change of password."""

    old = password_field(lazy_gettext("Present password"))
    new = password_field(lazy_gettext("New password"), shortest=MIN_PASSWORD, autocomplete="new-password")
    repeated = password_field(lazy_gettext("New password again"), autocomplete="new-password")

    def validate_repeated(self, field: object) -> None:
        """Refuse two different passwords."""
        EqualTo("new", lazy_gettext("The two passwords differ."))(self, field)


class LanguageForm(FlaskForm):  # type: ignore[misc]
    """Language of pages and messages."""

    language = SelectField(
        lazy_gettext("Language"), choices=[SelectChoice(*item) for item in LANGUAGES.items()]
    )


class TokenForm(FlaskForm):  # type: ignore[misc]
    """A new API token."""

    name = required_text(lazy_gettext("What is it for?"), longest=60, placeholder="train-server")
    days = IntegerField(
        lazy_gettext("Valid for (days)"),
        [NumberRange(1, 3650, lazy_gettext("Choose %(min)s to %(max)s days."))],
        render_kw={"inputmode": "numeric"},
    )
