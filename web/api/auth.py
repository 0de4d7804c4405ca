"""Bearer tokens: who calls, and which views ask."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request

from judge.errors import Unauthenticated
from judge.models import Account
from judge.services import accounts
from web.access import Rows, Rule, declare
from web.context import runtime

P = ParamSpec("P")
R = TypeVar("R")
LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token came with the request."""

    account_id: int
    username: str


def token(view: Callable[P, R]) -> Callable[P, R]:
    """Let only callers with a valid token through."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        g.api_caller = identify(_bearer())
        return view(*args, **kwargs)

    return declare(guarded, Rule.TOKEN)


def maybe_token(view: Callable[P, R]) -> Callable[P, R]:
    """Let anybody through; a token that comes along must be valid, and widens what is seen."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        text = _bearer()
        g.api_caller = identify(text) if text else None
        return view(*args, **kwargs)

    return declare(guarded, Rule.PUBLIC)


def identify(text: str) -> Caller:
    """Return whose token this is.

    Raises:
        Unauthenticated: `unauthenticated` without one, else `token-invalid`, `token-expired`,
            `token-revoked`.
    """
    if not text:
        raise Unauthenticated
    if len(text) > LONGEST_TOKEN or not text.isascii() or not text.isprintable():
        raise Unauthenticated("This token is not valid.", code="token-invalid")
    database = runtime().database
    with database.read() as session:
        account = accounts.find_account_by_token(session, text)
        is_noted = not session.dirty
        found = Caller(account.id, account.username)
    if not is_noted:  # when the token was last used: rarely, so that reading never waits for the write lock
        with database.transaction() as session:
            accounts.find_account_by_token(session, text)
    return found


def caller() -> Caller:
    """Return who calls, in views behind `token`."""
    found: Caller | None = g.api_caller
    if found is None:
        raise Unauthenticated
    return found


def account_in(session: Rows) -> Account | None:
    """Return the calling account inside `session`, None for a guest."""
    found: Caller | None = g.api_caller
    return session.get(Account, found.account_id) if found else None


def own_account(session: Rows) -> Account:
    """Return the calling account inside `session`.

    Raises:
        Unauthenticated: nobody calls, or the account is gone.
    """
    account = account_in(session)
    if account is None:
        raise Unauthenticated
    return account


def _bearer() -> str:
    """Return the token of the request, "" without one.

    Raises:
        Unauthenticated: the header is there and is not a bearer token.
    """
    header = request.headers.get("Authorization", "").strip()
    if not header:
        return ""
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthenticated("This token is not valid.", code="token-invalid")
    return text.strip()
