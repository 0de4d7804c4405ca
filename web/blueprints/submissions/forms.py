"""The form by which a file is handed in."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

MAX_NOTE = 200


class SubmitForm(FlaskForm):  # type: ignore[misc]
    """A file, for a team, with what is known about it.

    `once` is made with the form: sending the same form twice hands in once.
    """

    file = FileField(lazy_gettext("File"), [FileRequired(lazy_gettext("Choose a file."))])
    team = SelectField(lazy_gettext("Submit as"), choices=[], validate_choice=False)
    format = SelectField(lazy_gettext("Format"), choices=[], validate_choice=False)
    note = StringField(
        lazy_gettext("Note (optional)"),
        [Optional(), Length(max=MAX_NOTE, message=lazy_gettext("Use at most %(max)d characters."))],
        render_kw={"maxlength": MAX_NOTE, "autocomplete": "off"},
    )
    smoke = BooleanField(lazy_gettext("Smoke test: judge it on the sample alone. No quota, no rank."))
    once = HiddenField(validators=[Optional(), Length(max=64)])

    @property
    def team_id(self) -> int | None:
        """Return the team's key; None for the account's default, 0 (nobody's) when it is no key."""
        sent = str(self.team.data or "")
        if not sent:
            return None
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0
