"""The forms that make and change a contest."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FieldList,
    FloatField,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from web.forms import required_text

MAX_SUMMARY = 2000
NEEDED = lazy_gettext("Fill this in.")
_RANGE = lazy_gettext("Choose %(min)s to %(max)s.")
HOUR, PERCENT, GRACE_DAYS = (NumberRange(0, most, _RANGE) for most in (23, 100, 365))


def problem_choice(label: object) -> SelectMultipleField:
    """Return a list of ticks, one for each problem; which there are is the route's to say."""
    return SelectMultipleField(
        label, choices=[], validate_choice=False, option_widget=CheckboxInput(), widget=ListWidget()
    )


def quota_field(label: object, default: int | None = None) -> IntegerField:
    """Return a field for a number of submissions; empty is no limit."""
    checks = [Optional(), NumberRange(1, 1000, lazy_gettext("Choose %(min)s to %(max)s."))]
    return IntegerField(label, checks, default=default)


class ContestForm(FlaskForm):  # type: ignore[misc]
    """A contest of one phase."""

    slug = required_text(lazy_gettext("Address"), shortest=2, longest=50, placeholder="autumn-cup")
    name_en = required_text(lazy_gettext("Name in English"), longest=100)
    name_zh = required_text(lazy_gettext("Name in Chinese"), longest=100)
    summary_en = TextAreaField(lazy_gettext("Summary in English"), [Optional(), Length(max=MAX_SUMMARY)])
    summary_zh = TextAreaField(lazy_gettext("Summary in Chinese"), [Optional(), Length(max=MAX_SUMMARY)])
    starts_at = DateTimeLocalField(lazy_gettext("Starts at (UTC)"), [InputRequired(NEEDED)])
    ends_at = DateTimeLocalField(lazy_gettext("Ends at (UTC)"), [InputRequired(NEEDED)])
    reveal_at = DateTimeLocalField(lazy_gettext("Private scores show at (UTC)"), [Optional()])
    quota_per_day = quota_field(lazy_gettext("Submissions per team and day"), 5)
    problems = problem_choice(lazy_gettext("Problems"))
    is_published = BooleanField(lazy_gettext("Show it to everybody at once"))

    def validate_slug(self, field: object) -> None:
        """Refuse what does not fit into an address."""
        Regexp(
            r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])$",
            message=lazy_gettext("Use small letters, digits and hyphens."),
        )(self, field)


class PhaseForm(Form):  # type: ignore[misc]
    """One phase of a contest; empty bounds are open."""

    name_en = required_text(lazy_gettext("Name in English"), longest=100)
    name_zh = required_text(lazy_gettext("Name in Chinese"), longest=100)
    starts_at = DateTimeLocalField(lazy_gettext("Starts at (UTC)"), [Optional()])
    ends_at = DateTimeLocalField(lazy_gettext("Ends at (UTC)"), [Optional()])
    reveal_at = DateTimeLocalField(lazy_gettext("Private scores show at (UTC)"), [Optional()])
    quota_per_day = quota_field(lazy_gettext("Submissions per team and day"))
    quota_total = quota_field(lazy_gettext("Submissions per team in all"))
    quota_faults_per_day = quota_field(lazy_gettext("Failed submissions per team and day"))
    quota_concurrent = quota_field(lazy_gettext("Submissions per team at one time"))
    quota_renews_h = IntegerField(lazy_gettext("A day begins at (hour)"), [Optional(), HOUR], default=0)
    quota_zone = StringField(lazy_gettext("Time zone"), [Optional(), Length(max=60)], default="UTC")
    late_until = DateTimeLocalField(lazy_gettext("Late submissions until (UTC)"), [Optional()])
    late_percent = IntegerField(
        lazy_gettext("A late day costs (% of the score)"), [Optional(), PERCENT], default=0
    )
    grace_days = IntegerField(lazy_gettext("Grace days per team"), [Optional(), GRACE_DAYS], default=0)
    ladder = SelectField(
        lazy_gettext("Public scores"),
        choices=[
            SelectChoice("off", lazy_gettext("show every submission's score")),
            SelectChoice("free", lazy_gettext("move only with a significant improvement (Ladder)")),
            SelectChoice("step", lazy_gettext("move only with an improvement of more than a step (Ladder)")),
        ],
        default="off",
    )
    ladder_step = FloatField(lazy_gettext("Step of the ladder"), [Optional(), NumberRange(min=1e-12)])


class EditForm(FlaskForm):  # type: ignore[misc]
    """A contest as it is, to be changed."""

    name_en = required_text(lazy_gettext("Name in English"), longest=100)
    name_zh = required_text(lazy_gettext("Name in Chinese"), longest=100)
    summary_en = TextAreaField(lazy_gettext("Summary in English"), [Optional(), Length(max=MAX_SUMMARY)])
    summary_zh = TextAreaField(lazy_gettext("Summary in Chinese"), [Optional(), Length(max=MAX_SUMMARY)])
    is_published = BooleanField(lazy_gettext("Visible to everybody"))
    phases = FieldList(FormField(PhaseForm), max_entries=20)
    problems = problem_choice(lazy_gettext("Add problems"))
