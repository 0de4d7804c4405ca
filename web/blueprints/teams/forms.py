"""Forms about teams."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm

from web.forms import required_text


class CreateTeamForm(FlaskForm):  # type: ignore[misc]
    """A new team."""

    name = required_text(lazy_gettext("Team name"), shortest=2, longest=60, autocomplete="off")


class JoinTeamForm(FlaskForm):  # type: ignore[misc]
    """Joining by the code a captain passed on."""

    join_code = required_text(lazy_gettext("Join code"), longest=32, autocomplete="off", spellcheck="false")
