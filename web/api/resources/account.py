"""`/me`: whose token this is."""

from judge.services import teams
from web.api.auth import own_account, token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.api.presenters import present_account
from web.api.schemas import AccountOut
from web.context import runtime


@blueprint.get("/me")
@blueprint.output(AccountOut)
@blueprint.doc(summary="Whose token this is", security="token", responses=faults(401), tags=["Account"])
@token
def get_me() -> AccountOut:
    """Return the account behind the token, with its teams."""
    with runtime().database.read() as session:
        account = own_account(session)
        return present_account(account, teams.list_teams(session, account))
