"""One page for how a contest is ranked and who takes part, one for each team."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms.fields import SelectChoice

from judge.clock import utc_now
from judge.errors import JudgeError, NotFound
from judge.models import Account, Contest, Entry, Phase
from judge.models.words import EntryKind, Format, Policy
from judge.services import contests, entries, merging
from judge.services.access import is_admin
from judge.services.boards import conducting
from judge.services.boards.conducting import PhaseRules
from scoring.formats import Scale
from web.access import organizer, own_account
from web.blueprints.conducting.forms import FormatForm, MergeForm, RulesForm, TeamForm, TrackForm
from web.blueprints.conducting.presenters import (
    PAGE_SIZE,
    format_fields,
    present_phase,
    present_teams,
    status_of,
)
from web.context import runtime
from web.forms import EmptyForm, show_error
from web.i18n import error_text, localised
from web.presenters.addresses import page_mark
from web.presenters.moments import as_utc
from web.presenters.problems import present_problem_card

if TYPE_CHECKING:
    from judge.db.session import Session

blueprint = Blueprint("conducting", __name__, url_prefix="/organizer/contests/<slug>")
MAX_ROW_ID = 2**31 - 1
TEAM = f"/teams/<int(max={MAX_ROW_ID}):team_id>"
MAX_MERGE_CHOICES = 500


@blueprint.get("/ranking")
@organizer
def ranking(slug: str) -> ResponseReturnValue:
    """Show format, rules of each phase, tracks and teams."""
    return ranking_page(slug)


@blueprint.post("/format")
@organizer
def save_format(slug: str) -> ResponseReturnValue:
    """Change how problems are added up."""
    form = FormatForm()
    scales = {
        one.form.slug.data or "": Scale(one.form.zero.data, one.form.full.data, one.form.points.data)
        for one in form.problems.entries
    }

    def act(session: "Session", contest: Contest, actor: Account) -> None:
        conducting.set_format(session, contest, Format(form.format.data), scales, actor=actor)

    if form.validate_on_submit() and try_to(slug, form, act):
        return saved(slug)
    return ranking_page(slug, format_form=form), 422


@blueprint.post("/phases/<int(max=1000):position>/rules")
@organizer
def save_rules(slug: str, position: int) -> ResponseReturnValue:
    """Change which submissions count, and when the board freezes."""
    form = RulesForm()

    def act(session: "Session", contest: Contest, actor: Account) -> None:
        freeze_at = as_utc(form.freeze_at.data)
        phase = phase_at(contest, position)
        if phase.freeze_at is not None and freeze_at == phase.freeze_at.replace(microsecond=0):
            freeze_at = phase.freeze_at  # the field shows no fractions
        rules = PhaseRules(Policy(form.policy.data), form.n_selected.data, freeze_at)
        conducting.set_phase_rules(session, phase, rules, actor=actor)

    if form.validate_on_submit() and try_to(slug, form, act):
        return saved(slug)
    return ranking_page(slug, rules_form=(position, form)), 422


@blueprint.post("/phases/<int(max=1000):position>/act")
@organizer
def act_on_phase(slug: str, position: int) -> ResponseReturnValue:
    """Freeze or thaw the board, make results final, or open them again."""
    word, now = request.form.get("act", ""), utc_now()

    def act(session: "Session", contest: Contest, actor: Account) -> None:
        phase = phase_at(contest, position)
        if word == "reopen":
            conducting.reopen(session, phase, actor=actor)
            return
        acts = {"freeze": conducting.freeze, "thaw": conducting.thaw, "finalize": conducting.finalize}
        if word not in acts:
            raise NotFound
        acts[word](session, phase, actor=actor, now=now)

    form = EmptyForm()
    if form.validate_on_submit() and try_to(slug, form, act):
        return saved(slug)
    return redirect(url_for("conducting.ranking", slug=slug), 303)


@blueprint.post("/tracks")
@organizer
def create_track(slug: str) -> ResponseReturnValue:
    """Make a parallel ranking."""
    form = TrackForm()

    def act(session: "Session", contest: Contest, actor: Account) -> None:
        names = {"en": form.name_en.data, "zh": form.name_zh.data}
        entries.create_track(session, contest, slug=form.slug.data, names=names, eligibility={}, actor=actor)

    if form.validate_on_submit() and try_to(slug, form, act):
        return saved(slug)
    return ranking_page(slug, track_form=form), 422


@blueprint.route(TEAM, methods=["GET", "POST"])
@organizer
def team(slug: str, team_id: int) -> ResponseReturnValue:
    """Show and change how a team takes part."""
    form = TeamForm() if request.method == "POST" else None

    def act(session: "Session", contest: Contest, actor: Account) -> None:
        if form is not None:
            change_part(session, contest, entries.get_entry(session, contest, team_id), form, actor)

    if form is not None and form.validate_on_submit() and try_to(slug, form, act):
        return saved(slug)
    return team_page(slug, team_id, form=form), 200 if form is None else 422


@blueprint.post(f"{TEAM}/merge")
@organizer
def merge(slug: str, team_id: int) -> ResponseReturnValue:
    """Move another team's members and submissions to this one."""
    form = MergeForm()

    def act(session: "Session", contest: Contest, actor: Account) -> None:
        other_id = form.other.data or ""
        merging.merge(
            session,
            contest,
            into_id=team_id,
            from_id=int(other_id) if other_id.isdecimal() and len(other_id) < 10 else 0,
            name=form.name.data or "",
            actor=actor,
            now=utc_now(),
        )

    if form.validate_on_submit() and try_to(slug, form, act):
        return saved(slug)
    return team_page(slug, team_id, merge_form=form), 422


def change_part(session: "Session", contest: Contest, entry: Entry, form: TeamForm, actor: Account) -> None:
    """Change of a team's part what the form says otherwise.

    Raises:
        JudgeError: results are final, or a disqualification has no reason.
    """
    team_id, now = entry.team_id, utc_now()
    if form.kind.data != entry.kind:
        entries.set_kind(session, contest, team_id, EntryKind(form.kind.data), actor=actor)
    if sorted(form.tracks.data or []) != sorted(entries.tracks_of(session, [entry]).get(entry.id, [])):
        entries.set_tracks(session, contest, team_id, form.tracks.data or [], actor=actor)
    if form.status.data == status_of(entry):
        return
    if status_of(entry) != "in":
        entries.reinstate(session, contest, team_id, actor=actor)
    if form.status.data == "disqualified":
        reason = form.reason.data or ""
        entries.disqualify(session, contest, team_id, actor=actor, now=now, reason=reason)
    elif form.status.data == "withdrawn":
        entries.withdraw(session, contest, team_id, actor=actor, now=now)


def try_to(slug: str, form: RulesForm, act: Callable[["Session", Contest, Account], None]) -> bool:
    """Do something with a contest one runs in one transaction; show at the form what forbids it.

    Raises:
        JudgeError: it is not there, or not the viewer's.
    """
    try:
        with runtime().database.transaction() as session:
            actor = own_account(session)
            act(session, contests.get_run_contest(session, slug, viewer=actor), actor)
    except JudgeError as error:
        if error.status in (403, 404):
            raise
        if error.fields:
            show_error(form, error)
        else:
            flash(error_text(error), "danger")
        return False
    return True


def saved(slug: str) -> ResponseReturnValue:
    """Go back to the page, saying that it is done."""
    flash(gettext("Saved. The boards are up to date."), "success")
    return redirect(url_for("conducting.ranking", slug=slug), 303)


def phase_at(contest: Contest, position: int) -> Phase:
    """Return a contest's phase.

    Raises:
        NotFound: it has none at this position.
    """
    found = next((phase for phase in contest.phases if phase.position == position), None)
    if found is None:
        raise NotFound
    return found


def ranking_page(
    slug: str,
    *,
    format_form: FormatForm | None = None,
    rules_form: tuple[int, RulesForm] | None = None,
    track_form: TrackForm | None = None,
) -> str:
    """Render the page, with what was sent where it was refused."""
    sent_to, sent = rules_form or (-1, None)
    after = request.args.get("after", 0, type=page_mark) or 0
    with runtime().database.read() as session:
        viewer = own_account(session)
        contest = contests.get_run_contest(session, slug, viewer=viewer)
        found = entries.list_entries(session, contest, after_id=after, limit=PAGE_SIZE + 1)
        return render_template(
            "conducting/ranking.html",
            slug=slug,
            name=localised(contest.names),
            format_form=format_form or FormatForm(None, data=format_fields(contest)),
            problem_names=[present_problem_card(one.problem).name for one in contest.problems],
            phases=[
                present_phase(
                    phase,
                    now=utc_now(),
                    is_admin=is_admin(viewer),
                    form=sent if phase.position == sent_to else None,
                )
                for phase in contest.phases
            ],
            tracks=[(one.slug, localised(one.names)) for one in entries.list_tracks(session, contest)],
            track_form=track_form or TrackForm(None),
            teams=present_teams(session, contest, found[:PAGE_SIZE]),
            n_teams=entries.count_entries(session, contest),
            after=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
            form=EmptyForm(),
        )


def team_page(
    slug: str, team_id: int, *, form: TeamForm | None = None, merge_form: MergeForm | None = None
) -> str:
    """Render a team's page, with what was sent where it was refused."""
    with runtime().database.read() as session:
        contest = contests.get_run_contest(session, slug, viewer=own_account(session))
        entry = entries.get_entry(session, contest, team_id)
        given = {
            "status": status_of(entry),
            "kind": entry.kind,
            "tracks": entries.tracks_of(session, [entry]).get(entry.id, []),
        }
        form = form or TeamForm(None, data=given)
        form.tracks.choices = [
            SelectChoice(one.slug, localised(one.names)) for one in entries.list_tracks(session, contest)
        ]
        merge_form = merge_form or MergeForm(None)
        merge_form.other.choices = [
            SelectChoice(str(other.team_id), other.team.name)
            for other in entries.list_entries(session, contest, limit=MAX_MERGE_CHOICES)
            if other.team_id != team_id
        ]
        return render_template(
            "conducting/team.html",
            slug=slug,
            contest_name=localised(contest.names),
            team_id=team_id,
            name=entry.team.name,
            is_solo=entry.team.solo_account_id is not None,
            form=form,
            merge_form=merge_form,
        )
