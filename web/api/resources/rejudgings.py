"""Rejudgings, for who runs a contest: select, begin, look, apply or discard."""

from judge.clock import utc_now
from judge.services import contests
from judge.services.rejudgings import applying, life, preview, ranks, selection
from web.api import rejudging_schemas as schemas
from web.api import rejudgings_json
from web.api.auth import own_account, token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.api.queries import MAX_ROW_ID
from web.context import runtime

TAGS = ["Rejudgings"]
WHERE = f"/rejudgings/<int(max={MAX_ROW_ID}):rejudging_id>"


@blueprint.get("/rejudgings")
@blueprint.input(schemas.RejudgingsQuery, location="query")
@blueprint.output(schemas.RejudgingsOut)
@blueprint.doc(summary="List rejudgings", security="token", responses=faults(401, 422), tags=TAGS)
@token
def list_rejudgings(query_data: schemas.RejudgingsQuery) -> schemas.RejudgingsOut:
    """Return the rejudgings of the contests one runs, the newest first."""
    with runtime().database.read() as session:
        found = life.list_rejudgings(
            session,
            viewer=own_account(session),
            contest_slug=query_data.contest,
            before_id=query_data.cursor,
            limit=query_data.limit + 1,
        )
        items = [rejudgings_json.present_rejudging(session, one) for one in found[: query_data.limit]]
    return schemas.RejudgingsOut(items=items, next=items[-1].id if len(found) > query_data.limit else None)


@blueprint.post("/rejudgings/selection")
@blueprint.input(schemas.SelectionIn, location="json")
@blueprint.output(schemas.SelectedOut)
@blueprint.doc(
    summary="Count what would be judged again",
    security="token",
    responses=faults(400, 401, 403, 404, 413, 422),
    tags=TAGS,
)
@token
def count_selection(json_data: schemas.SelectionIn) -> schemas.SelectedOut:
    """Return how many submissions a selection picks now, and how many it leaves out. Nothing is changed."""
    with runtime().database.read() as session:
        contest = contests.get_run_contest(session, json_data.contest, viewer=own_account(session))
        return rejudgings_json.present_selected(selection.batches(session, contest, json_data.selection()))


@blueprint.post("/rejudgings")
@blueprint.input(schemas.RejudgingIn, location="json")
@blueprint.output(schemas.RejudgingDetailOut, status_code=201)
@blueprint.doc(
    summary="Begin a rejudging",
    security="token",
    responses=faults(400, 401, 403, 404, 413, 422),
    tags=TAGS,
)
@token
def create_rejudging(json_data: schemas.RejudgingIn) -> schemas.RejudgingDetailOut:
    """Queue new judgements beside the present ones, which go on counting. Live submissions go first."""
    with runtime().database.read() as session:
        actor = own_account(session)
    begun = life.start(
        runtime(),
        json_data.contest,
        selection=json_data.selection(),
        reasons=json_data.reasons.model_dump(),
        actor=actor,
    )
    return _shown(begun)


@blueprint.get(WHERE)
@blueprint.output(schemas.RejudgingDetailOut)
@blueprint.doc(summary="One rejudging", security="token", responses=faults(401, 404), tags=TAGS)
@token
def get_rejudging(rejudging_id: int) -> schemas.RejudgingDetailOut:
    """Return how far it is and the matrix old verdict × new verdict."""
    return _shown(rejudging_id)


@blueprint.get(f"{WHERE}/changes")
@blueprint.input(schemas.ChangesQuery, location="query")
@blueprint.output(schemas.ChangesOut)
@blueprint.doc(
    summary="What a rejudging changes", security="token", responses=faults(401, 404, 422), tags=TAGS
)
@token
def list_changes(rejudging_id: int, query_data: schemas.ChangesQuery) -> schemas.ChangesOut:
    """Return submissions with another result, before and after."""
    with runtime().database.read() as session:
        rejudging = life.get_rejudging(session, rejudging_id, viewer=own_account(session))
        found = preview.changes(
            session,
            rejudging,
            is_all=query_data.all,
            old_verdict=query_data.old,
            new_verdict=query_data.new,
            after_id=query_data.cursor or 0,
            limit=query_data.limit + 1,
        )
        shown = found[: query_data.limit]
        items = [rejudgings_json.present_change(change) for change in shown]
    has_more = len(found) > query_data.limit
    return schemas.ChangesOut(items=items, next=shown[-1].new.id if has_more else None)


@blueprint.get(f"{WHERE}/ranks")
@blueprint.input(schemas.RanksQuery, location="query")
@blueprint.output(schemas.RanksOut)
@blueprint.doc(
    summary="How ranks would change", security="token", responses=faults(401, 404, 409, 422), tags=TAGS
)
@token
def list_rank_changes(rejudging_id: int, query_data: schemas.RanksQuery) -> schemas.RanksOut:
    """Return who would stand elsewhere if what is judged were applied now; only before it is decided."""
    with runtime().database.read() as session:
        rejudging = life.get_rejudging(session, rejudging_id, viewer=own_account(session))
        life.require_open(rejudging)
        found = ranks.rank_changes(session, rejudging, limit=query_data.limit)
        return rejudgings_json.present_ranks(found)


@blueprint.post(f"{WHERE}/apply")
@blueprint.input(schemas.ApplyIn, location="json")
@blueprint.output(schemas.RejudgingDetailOut)
@blueprint.doc(
    summary="Apply a rejudging",
    security="token",
    responses=faults(400, 401, 404, 409, 413, 422),
    tags=TAGS,
)
@token
def apply_rejudging(rejudging_id: int, json_data: schemas.ApplyIn) -> schemas.RejudgingDetailOut:
    """Make its results the ones that count; leaderboards change with it, and contestants are told why."""
    with runtime().database.transaction() as session:
        actor = own_account(session)
        rejudging = life.get_rejudging(session, rejudging_id, viewer=actor)
        applying.apply(session, rejudging, actor=actor, now=utc_now(), is_partial=json_data.partial)
    return _shown(rejudging_id)


@blueprint.post(f"{WHERE}/discard")
@blueprint.input(schemas.DiscardIn, location="json")
@blueprint.output(schemas.RejudgingDetailOut)
@blueprint.doc(
    summary="Discard a rejudging",
    security="token",
    responses=faults(400, 401, 404, 409, 413, 422),
    tags=TAGS,
)
@token
def discard_rejudging(rejudging_id: int, json_data: schemas.DiscardIn) -> schemas.RejudgingDetailOut:
    """End it without any change; what still waits or runs is cancelled."""
    del json_data
    with runtime().database.transaction() as session:
        actor = own_account(session)
        life.discard(
            session, life.get_rejudging(session, rejudging_id, viewer=actor), actor=actor, now=utc_now()
        )
    return _shown(rejudging_id)


def _shown(rejudging_id: int) -> schemas.RejudgingDetailOut:
    with runtime().database.read() as session:
        found = life.get_rejudging(session, rejudging_id, viewer=own_account(session))
        return rejudgings_json.present_detail(session, found)
