"""Running a contest: rules of ranking, freeze and final results, tracks, who takes part, merges."""

from judge.clock import utc_now
from judge.services import contest_editing, contests, entries, merging, standings
from judge.services.boards import conducting
from judge.services.boards.conducting import PhaseRules
from scoring.formats import Scale
from web.api import conduct_json, conduct_schemas, schemas
from web.api.auth import account_in, maybe_token, own_account, token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.api.names import slug_of
from web.api.presenters import present_api_phase
from web.api.queries import MAX_ROW_ID
from web.api.resources.contests import phase_of
from web.context import runtime

TAGS = ["Running a contest"]
WHERE = "/contests/<slug>"
PHASE = f"{WHERE}/phases/<int(max=1000):position>"
TEAM = f"{WHERE}/entries/<int(max={MAX_ROW_ID}):team_id>"
WRITES = faults(400, 401, 403, 404, 409, 413, 422)


@blueprint.get(f"{WHERE}/standings")
@blueprint.input(conduct_schemas.StandingsQuery, location="query")
@blueprint.output(conduct_schemas.StandingsOut)
@blueprint.doc(summary="Overall standings", responses=faults(401, 404, 422), tags=["Contests"])
@maybe_token
def get_standings(slug: str, query_data: conduct_schemas.StandingsQuery) -> conduct_schemas.StandingsOut:
    """Return the overall ranking of a contest that adds its problems up."""
    now = utc_now()
    with runtime().database.read() as session:
        viewer = account_in(session)
        contest = contests.get_contest(session, slug_of(slug), viewer=viewer)
        page = standings.page(
            session,
            phase=phase_of(contest, query_data.phase, now=now),
            split=query_data.split,
            track=query_data.track or "",
            limit=query_data.limit,
            offset=query_data.offset,
            now=now,
            viewer=viewer,
        )
        return conduct_json.present_standings(contest, page, limit=query_data.limit, offset=query_data.offset)


@blueprint.patch(PHASE)
@blueprint.input(conduct_schemas.PhaseIn, location="json")
@blueprint.output(schemas.PhaseOut)
@blueprint.doc(
    summary="Change times, quotas, late days or the ladder", security="token", responses=WRITES, tags=TAGS
)
@token
def change_phase(slug: str, position: int, json_data: conduct_schemas.PhaseIn) -> schemas.PhaseOut:
    """Change what is named of a phase, e.g. extend the deadline. Where the ladder changes, boards follow."""
    now = utc_now()
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=actor)
        phase = phase_of(contest, position, now=now)
        changes = {name: getattr(json_data, name) for name in json_data.model_fields_set}
        contest_editing.update_phase(session, phase, changes, editor=actor)
        return present_api_phase(phase, now=now)


@blueprint.put(f"{PHASE}/ranking")
@blueprint.input(conduct_schemas.RulesIn, location="json")
@blueprint.output(conduct_schemas.RulesOut)
@blueprint.doc(summary="Set how a phase is ranked", security="token", responses=WRITES, tags=TAGS)
@token
def set_ranking(slug: str, position: int, json_data: conduct_schemas.RulesIn) -> conduct_schemas.RulesOut:
    """Change which submissions count and when the board is frozen. The boards follow at once."""
    rules = PhaseRules(json_data.policy, json_data.n_selected, json_data.freeze_at)
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=actor)
        phase = phase_of(contest, position, now=utc_now())
        conducting.set_phase_rules(session, phase, rules, actor=actor)
        return conduct_json.present_rules(phase)


@blueprint.post(f"{PHASE}/acts")
@blueprint.input(conduct_schemas.ActIn, location="json")
@blueprint.output(conduct_schemas.RulesOut)
@blueprint.doc(
    summary="Freeze, thaw, finalize or reopen a phase", security="token", responses=WRITES, tags=TAGS
)
@token
def act_on_phase(slug: str, position: int, json_data: conduct_schemas.ActIn) -> conduct_schemas.RulesOut:
    """Freeze or thaw the public board, make results final, or open them again."""
    now = utc_now()
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=actor)
        phase = phase_of(contest, position, now=now)
        if json_data.act == "freeze":
            conducting.freeze(session, phase, actor=actor, now=now)
        elif json_data.act == "thaw":
            conducting.thaw(session, phase, actor=actor, now=now)
        elif json_data.act == "finalize":
            conducting.finalize(session, phase, actor=actor, now=now)
        else:
            conducting.reopen(session, phase, actor=actor)
        return conduct_json.present_rules(phase)


@blueprint.put(f"{WHERE}/format")
@blueprint.input(conduct_schemas.FormatIn, location="json")
@blueprint.output(conduct_schemas.FormatOut)
@blueprint.doc(summary="Set how problems add up", security="token", responses=WRITES, tags=TAGS)
@token
def set_format(slug: str, json_data: conduct_schemas.FormatIn) -> conduct_schemas.FormatOut:
    """Change the format of a contest and what its problems give. The overall boards follow at once."""
    scales = {name: Scale(one.zero, one.full, one.points) for name, one in json_data.problems.items()}
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=actor)
        conducting.set_format(session, contest, json_data.format, scales, actor=actor)
        return conduct_json.present_format(contest)


@blueprint.get(f"{WHERE}/tracks")
@blueprint.output(conduct_schemas.TracksOut)
@blueprint.doc(summary="List tracks", responses=faults(401, 404), tags=["Contests"])
@maybe_token
def list_tracks(slug: str) -> conduct_schemas.TracksOut:
    """Return the parallel rankings of a contest."""
    with runtime().database.read() as session:
        contest = contests.get_contest(session, slug_of(slug), viewer=account_in(session))
        found = entries.list_tracks(session, contest)
        return conduct_schemas.TracksOut(items=[conduct_json.present_track(track) for track in found])


@blueprint.post(f"{WHERE}/tracks")
@blueprint.input(conduct_schemas.TrackIn, location="json")
@blueprint.output(conduct_schemas.TrackOut, status_code=201)
@blueprint.doc(summary="Make a track", security="token", responses=WRITES, tags=TAGS)
@token
def create_track(slug: str, json_data: conduct_schemas.TrackIn) -> conduct_schemas.TrackOut:
    """Make a parallel ranking; teams are put into it through their entries."""
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=actor)
        track = entries.create_track(
            session,
            contest,
            slug=json_data.slug,
            names=json_data.names.model_dump(),
            eligibility=json_data.eligibility.model_dump(),
            actor=actor,
        )
        return conduct_json.present_track(track)


@blueprint.get(f"{WHERE}/entries")
@blueprint.input(conduct_schemas.EntriesQuery, location="query")
@blueprint.output(conduct_schemas.EntrantsOut)
@blueprint.doc(
    summary="List who takes part", security="token", responses=faults(401, 403, 404, 422), tags=TAGS
)
@token
def list_entries(slug: str, query_data: conduct_schemas.EntriesQuery) -> conduct_schemas.EntrantsOut:
    """Return the teams of a contest that one runs, in the order of entering."""
    with runtime().database.read() as session:
        contest = contests.get_run_contest(session, slug_of(slug), viewer=own_account(session))
        found = entries.list_entries(
            session, contest, after_id=query_data.cursor or 0, limit=query_data.limit + 1
        )
        shown = found[: query_data.limit]
        items = conduct_json.present_entrants(shown, entries.tracks_of(session, shown))
    return conduct_schemas.EntrantsOut(
        items=items, next=shown[-1].id if len(found) > query_data.limit else None
    )


@blueprint.patch(TEAM)
@blueprint.input(conduct_schemas.EntrantIn, location="json")
@blueprint.output(conduct_schemas.EntrantOut)
@blueprint.doc(summary="Change how a team takes part", security="token", responses=WRITES, tags=TAGS)
@token
def change_entry(slug: str, team_id: int, json_data: conduct_schemas.EntrantIn) -> conduct_schemas.EntrantOut:
    """Disqualify, withdraw or reinstate a team; make it a baseline; set its tracks. Captains may withdraw."""
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_contest(session, slug_of(slug), viewer=actor)
        if json_data.kind is not None:
            entries.set_kind(session, contest, team_id, json_data.kind, actor=actor)
        if json_data.tracks is not None:
            entries.set_tracks(session, contest, team_id, json_data.tracks, actor=actor)
        if json_data.status == "disqualified":
            entries.disqualify(session, contest, team_id, actor=actor, now=utc_now(), reason=json_data.reason)
        elif json_data.status == "withdrawn":
            entries.withdraw(session, contest, team_id, actor=actor, now=utc_now())
        elif json_data.status == "in":
            entries.reinstate(session, contest, team_id, actor=actor)
        entry = entries.get_visible_entry(session, contest, team_id, viewer=actor)
        (shown,) = conduct_json.present_entrants([entry], entries.tracks_of(session, [entry]))
        return shown


@blueprint.post(f"{WHERE}/merges")
@blueprint.input(conduct_schemas.MergeIn, location="json")
@blueprint.output(conduct_schemas.MergedOut)
@blueprint.doc(summary="Merge two teams", security="token", responses=WRITES, tags=TAGS)
@token
def merge_teams(slug: str, json_data: conduct_schemas.MergeIn) -> conduct_schemas.MergedOut:
    """Move a team's members and submissions in this contest to another. The boards follow at once."""
    with runtime().database.transaction() as session:
        actor = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=actor)
        merged = merging.merge(
            session,
            contest,
            into_id=json_data.into,
            from_id=json_data.team,
            name=json_data.name,
            actor=actor,
            now=utc_now(),
        )
        return conduct_schemas.MergedOut(team_id=merged.id, team=merged.name)
