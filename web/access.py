"""Who may call a route. Every view declares its rule by one of these decorators.

A test walks the URL map and fails on a view without a rule, so that forgetting is not possible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from flask import Flask
from flask_login import LoginManager, UserMixin

from judge.errors import NotFound, Unauthenticated
from judge.models import Account
from judge.models.words import Role
from web.context import runtime, viewer

P = ParamSpec("P")
R = TypeVar("R")


class Rows(Protocol):
    """What is needed of a database session here; the portal does not know its library."""

    def get(self, entity: type[Account], ident: int, /) -> Account | None:
        """Return the row with this key, or None."""


class Rule(StrEnum):
    """The possible answers to «who may call this»."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    ORGANIZER = "organizer"
    TOKEN = "token"  # noqa: S105  the name of a rule


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind a session cookie, as far as pages need to know.

    Attributes:
        account_id: key of the account.
        session_epoch: raised when the password changes, which ends older sessions.
        username: as typed at registration; escape it.
        role: of `judge.models.words.Role`.
        language: chosen in the settings, or None.
    """

    account_id: int
    session_epoch: int
    username: str
    role: str
    language: str | None

    def get_id(self) -> str:
        """Return what the session cookie holds."""
        return f"{self.account_id}.{self.session_epoch}"

    @property
    def is_organizer(self) -> bool:
        """Whether the organizer's pages are for this person."""
        return self.role in (Role.ORGANIZER, Role.ADMIN)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that anybody may call the view."""
    return declare(view, Rule.PUBLIC)


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let only signed-in people call the view; pages send others to the sign-in form."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if viewer() is None:
            raise Unauthenticated("Sign in to see this page.")
        return view(*args, **kwargs)

    return declare(guarded, Rule.SIGNED_IN)


def organizer(view: Callable[P, R]) -> Callable[P, R]:
    """Let only organizers and administrators call the view; for others it does not exist."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        user = viewer()
        if user is None:
            raise Unauthenticated("Sign in to see this page.")
        if not user.is_organizer:
            raise NotFound
        return view(*args, **kwargs)

    return declare(guarded, Rule.ORGANIZER)


def declare(view: Callable[P, R], rule: Rule) -> Callable[P, R]:
    """Write the rule on a view that enforces it."""
    view.access_rule = rule  # type: ignore[attr-defined]
    return view


def declared_rule(view: object) -> Rule | None:
    """Return the rule written on a view, or None."""
    return getattr(view, "access_rule", None)


def account_in(session: Rows) -> Account | None:
    """Return the signed-in account inside `session`, or None for a guest."""
    user = viewer()
    return session.get(Account, user.account_id) if user else None


def own_account(session: Rows) -> Account:
    """Return the signed-in account inside `session`.

    Raises:
        Unauthenticated: nobody is signed in, or the account is gone.
    """
    account = account_in(session)
    if account is None:
        raise Unauthenticated("Sign in to see this page.")
    return account


def wrap(account: Account) -> SignedIn:
    """Return the session's view of an account."""
    return SignedIn(account.id, account.session_epoch, account.username, account.role, account.language)


def load_user(session_id: str) -> SignedIn | None:
    """Return who a session cookie speaks for; None when it is too old to count.

    Args:
        session_id: what `SignedIn.get_id` wrote.
    """
    account_id, _, epoch = session_id.partition(".")
    if not (account_id.isdecimal() and epoch.isdecimal()):
        return None
    with runtime().database.read() as session:
        account = session.get(Account, int(account_id))
        if account is None or not account.is_active or account.session_epoch != int(epoch):
            return None
        return wrap(account)


def configure(app: Flask, login_manager: LoginManager) -> None:
    """Bind Flask-Login to our accounts."""
    login_manager.init_app(app)
    login_manager.session_protection = "basic"
    login_manager.user_loader(load_user)
