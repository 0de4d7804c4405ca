"""The forms of who runs a contest: format, rules of phases, tracks, a team's part."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    FieldList,
    FloatField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from judge.services.boards.conducting import MAX_SELECTED
from web.forms import required_text, stripped

NEEDED = lazy_gettext("Fill this in.")
FORMATS = [
    SelectChoice("problems", lazy_gettext("a ranking for each problem")),
    SelectChoice("sum", lazy_gettext("sum of normalised scores")),
    SelectChoice("icpc", lazy_gettext("ICPC: problems solved, then penalty")),
    SelectChoice("ioi", lazy_gettext("IOI: best of each subtask")),
    SelectChoice("homework", lazy_gettext("homework: points, less for what is late")),
]
POLICIES = [
    SelectChoice("best", lazy_gettext("the best one")),
    SelectChoice("last", lazy_gettext("the last one")),
    SelectChoice("selected", lazy_gettext("the best of those the team selects")),
]


def real_field(label: object) -> FloatField:
    """Return a field for a real number."""
    return FloatField(label, [InputRequired(NEEDED), NumberRange(-1e15, 1e15)])


class ScaleForm(Form):  # type: ignore[misc]
    """How one problem gives points."""

    slug = HiddenField()
    zero = real_field(lazy_gettext("Score that gives nothing"))
    full = real_field(lazy_gettext("Score that gives all"))
    points = real_field(lazy_gettext("Points"))


class FormatForm(FlaskForm):  # type: ignore[misc]
    """How a contest adds its problems up."""

    format = SelectField(lazy_gettext("Ranked by"), choices=FORMATS)
    problems = FieldList(FormField(ScaleForm), max_entries=100)


class RulesForm(FlaskForm):  # type: ignore[misc]
    """How a phase is ranked."""

    policy = SelectField(lazy_gettext("Of a team's submissions counts"), choices=POLICIES)
    n_selected = IntegerField(
        lazy_gettext("How many a team may select"), [InputRequired(NEEDED), NumberRange(1, MAX_SELECTED)]
    )
    freeze_at = DateTimeLocalField(lazy_gettext("Public board frozen from (UTC)"), [Optional()])


class TrackForm(FlaskForm):  # type: ignore[misc]
    """A new parallel ranking."""

    slug = required_text(lazy_gettext("Address"), longest=50, placeholder="students")
    name_en = required_text(lazy_gettext("Name in English"), longest=100)
    name_zh = required_text(lazy_gettext("Name in Chinese"), longest=100)


class TeamForm(FlaskForm):  # type: ignore[misc]
    """How a team takes part."""

    status = SelectField(
        lazy_gettext("On the boards"),
        choices=[
            SelectChoice("in", lazy_gettext("yes")),
            SelectChoice("disqualified", lazy_gettext("no: disqualified")),
            SelectChoice("withdrawn", lazy_gettext("no: withdrawn")),
        ],
    )
    reason = StringField(
        lazy_gettext("Reason of a disqualification"), [Optional(), Length(max=300)], filters=[stripped]
    )
    kind = SelectField(
        lazy_gettext("Ranked"),
        choices=[
            SelectChoice("team", lazy_gettext("as a team")),
            SelectChoice("baseline", lazy_gettext("not at all: a baseline, shown at its place")),
        ],
    )
    tracks = SelectMultipleField(
        lazy_gettext("Tracks"),
        choices=[],
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )


class MergeForm(FlaskForm):  # type: ignore[misc]
    """Another team that goes over to this one."""

    other = SelectField(lazy_gettext("Team that goes over to this one"), choices=[], validate_choice=False)
    name = StringField(
        lazy_gettext("Name of the new team, when this is a team of one"),
        [Optional(), Length(max=60)],
        filters=[stripped],
    )
