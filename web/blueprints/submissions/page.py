"""The submit form: what it shows around itself, and what it does with what it was sent."""

import secrets
from collections.abc import Iterator
from typing import IO, cast

from flask import render_template, request
from flask_babel import gettext
from wtforms.fields import SelectChoice

from judge.clock import utc_now
from judge.errors import InvalidInput
from judge.services import contests, intake, problems, teams
from judge.services.quota import has_smoke_test
from web.access import own_account
from web.blueprints.submissions.forms import SubmitForm
from web.blueprints.submissions.presenters import present_form_rules, present_team_choices, quota_of
from web.context import runtime
from web.presenters.places import places_of
from web.presenters.words import FORMATS

CHUNK_BYTES = 256 * 1024


def submit_page(form: SubmitForm, slug: str) -> str:
    """Render the form with the rules, the place it counts for and the quota that is left."""
    now = utc_now()
    with runtime().database.read() as session:
        account = own_account(session)
        problem = problems.get_problem(session, slug, viewer=account)
        card, rules = present_form_rules(problem)
        places = places_of(session, problem, viewer=account, wanted=wanted_contest(), now=now)
        mine = list(teams.list_teams(session, account))
        quota = None
        if places.chosen:
            contest = contests.get_contest(session, places.chosen.contest.slug, viewer=account)
            entered = contests.find_entered_team(session, contest, account)
            mine = [entered] if entered else mine
            quota = quota_of(session, contest, problem, mine[0], now=now)
        form.team.choices = present_team_choices(mine)
        has_sample = has_smoke_test(problem)
    form.format.choices = [SelectChoice("", gettext("Recognise it from the file"))]
    form.format.choices += [SelectChoice(row.word, f"{row.word} ({row.suffix})") for row in rules.formats]
    form.once.data = secrets.token_urlsafe(16)
    return render_template(
        "submissions/submit.html",
        form=form,
        card=card,
        rules=rules,
        places=places,
        quota=quota,
        has_sample=has_sample,
    )


def hand_in(form: SubmitForm, slug: str) -> str:
    """Give the file to intake and return the new submission's public id.

    Raises:
        InvalidInput: the form itself is not filled in right.
        JudgeError: intake refused the file, the team or the moment.
    """
    if not form.validate():
        faults = {name: str(errors[0]) for name, errors in form.errors.items() if name}
        raise InvalidInput(next(iter(faults.values()), ""), fields=faults)
    with runtime().database.read() as session:
        account = own_account(session)
    upload = form.file.data
    submission = intake.receive(
        runtime(),
        account=account,
        problem_slug=slug,
        contest_slug=wanted_contest(),
        team_id=form.team_id,
        filename=upload.filename or "",
        chunks=chunks_of(cast("IO[bytes]", upload.stream)),
        format=form.format.data if form.format.data in FORMATS else None,
        note=form.note.data or "",
        idempotency_key=form.once.data or None,
        is_smoke=form.smoke.data,
    )
    return submission.public_id


def wanted_contest() -> str | None:
    """Return the contest the address names, if any."""
    return request.args.get("contest") or None


def chunks_of(body: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in pieces, so that its size does not matter to memory."""
    while chunk := body.read(CHUNK_BYTES):
        yield chunk
