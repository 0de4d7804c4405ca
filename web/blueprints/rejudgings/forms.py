"""The form that begins a rejudging: which submissions, by which version, and why."""

import re
from collections.abc import Mapping

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from judge.models import Contest, Rejudging
from judge.models.words import RejudgingState, Verdict
from judge.services.rejudgings.selection import Selection
from web.forms import stripped
from web.i18n import localised
from web.presenters.moments import as_utc
from web.presenters.problems import present_problem_card
from web.presenters.verdicts import VERDICTS

MAX_LIST = 40_000
MAX_REASON = 500
BETWEEN = " @ "


def reason_field(label: object) -> StringField:
    """Return a line that contestants will read."""
    return StringField(label, [Optional(), Length(max=MAX_REASON)], filters=[stripped])


def many_field(label: object) -> TextAreaField:
    """Return a field for names, one a line."""
    return TextAreaField(label, [Optional(), Length(max=MAX_LIST)], render_kw={"rows": 3})


class RejudgingForm(FlaskForm):  # type: ignore[misc]
    """What is left empty does not narrow the selection."""

    problem = SelectField(lazy_gettext("Problem"), choices=[], validate_choice=False)
    version = SelectField(lazy_gettext("Judge by"), choices=[], validate_choice=False)
    phase = SelectField(lazy_gettext("Phase"), choices=[], validate_choice=False)
    judged_by = StringField(
        lazy_gettext("Present result made by version"), [Optional(), Length(max=40)], filters=[stripped]
    )
    verdicts = SelectMultipleField(
        lazy_gettext("Present results"),
        choices=[],
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )
    since = DateTimeLocalField(lazy_gettext("Handed in at or after (UTC)"), [Optional()])
    until = DateTimeLocalField(lazy_gettext("Handed in before (UTC)"), [Optional()])
    teams = many_field(lazy_gettext("Teams, one a line"))
    submissions = many_field(lazy_gettext("Submissions, one a line"))
    rejudging = SelectField(lazy_gettext("Were part of rejudging"), choices=[], validate_choice=False)
    reason_en = reason_field(lazy_gettext("Reason in English"))
    reason_zh = reason_field(lazy_gettext("Reason in Chinese"))

    def offer(self, contest: Contest, earlier: list[Rejudging]) -> None:
        """Fill the choices with what there is in a contest."""
        set_problems = [setting.problem for setting in contest.problems]
        cards = [present_problem_card(problem) for problem in set_problems]
        self.problem.choices = [_any(gettext("All problems"))]
        self.problem.choices += [SelectChoice(card.slug, card.name) for card in cards]
        self.version.choices = [_any(gettext("The current version"))]
        for problem, card in zip(set_problems, cards, strict=True):
            newest_first = sorted(problem.versions, key=lambda one: one.published_at, reverse=True)
            self.version.choices += [
                SelectChoice(f"{problem.slug}{BETWEEN}{one.version}", f"{card.name}: {one.version}")
                for one in newest_first
            ]
        self.phase.choices = [_any(gettext("All phases"))]
        self.phase.choices += [
            SelectChoice(str(phase.position), localised(phase.names) or str(phase.position + 1))
            for phase in contest.phases
        ]
        self.verdicts.choices = [SelectChoice(chip.code, chip.label) for chip in VERDICTS.values()]
        self.rejudging.choices = [_any(gettext("Any"))]
        self.rejudging.choices += [
            SelectChoice(str(one.id), f"{one.id}: {localised(one.reasons)[:60]}")
            for one in earlier
            if one.state != RejudgingState.OPEN
        ]

    def selection(self) -> Selection:
        """Return what is filled in, as the domain has it."""
        slug, _, version = (self.version.data or "").partition(BETWEEN)
        return Selection(
            problem=self.problem.data or slug or None,
            version=version or None,
            phase=_number(self.phase.data),
            verdicts=tuple(word for word in self.verdicts.data or () if word in set(Verdict)),
            judged_by=self.judged_by.data or None,
            since=as_utc(self.since.data),
            until=as_utc(self.until.data),
            teams=_lines(self.teams.data),
            submissions=tuple(line.rpartition("/")[2] for line in _lines(self.submissions.data)),
            rejudging=_number(self.rejudging.data),
        )

    def is_mismatched(self) -> bool:
        """Whether the version is another problem's."""
        slug, _, version = (self.version.data or "").partition(BETWEEN)
        return bool(version and self.problem.data and self.problem.data != slug)

    def reasons(self) -> dict[str, str]:
        """Return language → why."""
        return {"en": self.reason_en.data or "", "zh": self.reason_zh.data or ""}


def prefilled(sent: Mapping[str, str]) -> dict[str, object]:
    """Return the form's first values from an address that other pages link to."""
    verdict = sent.get("verdict")
    return {"problem": sent.get("problem", ""), "verdicts": [verdict] if verdict else []}


def _any(label: str) -> SelectChoice:
    return SelectChoice("", label)


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


def _lines(text: str | None) -> tuple[str, ...]:
    lines = [line.strip().replace("\0", "") for line in (text or "").splitlines()]
    return tuple(dict.fromkeys(line for line in lines if line))
