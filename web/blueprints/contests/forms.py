"""The form by which a team enters."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField


class EntryForm(FlaskForm):  # type: ignore[misc]
    """With which team; the choices are the own teams."""

    team = SelectField(lazy_gettext("Enter as"), choices=[], validate_choice=False)

    @property
    def team_id(self) -> int:
        """Return the key that was sent; 0, which no team has, when it was no key."""
        sent = str(self.team.data or "")
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0
