"""Accounts, passwords and the tokens of scripts."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge import passwords
from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from judge.models import Account, ApiToken, Team, TeamMember
from judge.models.words import Role
from judge.services import audit

MIN_PASSWORD = 8
MAX_PASSWORD = 200
LANGUAGES = ("en", "zh")
DEFAULT_TOKEN_DAYS = 180
MAX_TOKEN_DAYS = 3660
TOKEN_PREFIX = "omj_"  # noqa: S105 - a public prefix by which leaks are found
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; `text` is shown once and kept nowhere."""

    token: ApiToken
    text: str


def register(
    session: Session,
    *,
    username: str,
    password: str,
    email: str | None = None,
    language: str | None = None,
    role: Role = Role.CONTESTANT,
) -> Account:
    """Make an account and its solo team.

    Raises:
        InvalidInput: `fields` says which value is wrong and why.
        Conflict: `username-taken` or `email-taken`.
    """
    username = unicodedata.normalize("NFKC", username).strip()
    email = (email or "").strip().casefold() or None
    _check_new(username, password, email, language)
    key = username.casefold()
    if session.scalar(select(Team.id).where(Team.name_key == key)) is not None:
        raise _taken()
    if email and session.scalar(select(Account.id).where(Account.email_key == email)) is not None:
        raise Conflict("This e-mail address already belongs to an account.", code="email-taken")
    now = utc_now()
    account = Account(
        username=username,
        username_key=key,
        email_key=email,
        password_hash=passwords.hash_password(password),
        role=role,
        language=language,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
            team = Team(name=username, name_key=key, solo_account_id=account.id, created_at=now)
            team.members.append(TeamMember(account_id=account.id, is_captain=True, joined_at=now))
            session.add(team)
    except IntegrityError as error:
        raise _taken() from error
    audit.record(session, actor=account, action="account.registered", subject=f"account:{account.id}")
    return account


def authenticate(session: Session, *, username: str, password: str) -> Account:
    """Return the account that these credentials open.

    Raises:
        Unauthenticated: `wrong-password`, for unknown names too, after the same work.
    """
    key = unicodedata.normalize("NFKC", username).strip().casefold()
    account = session.scalar(select(Account).where(Account.username_key == key)) if "\0" not in key else None
    stored = account.password_hash if account and account.is_active else None
    if not passwords.is_right(stored, password[: MAX_PASSWORD + 1]) or account is None:
        raise Unauthenticated("The name or the password is wrong.", code="wrong-password")
    if passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hash_password(password)
    return account


def change_password(session: Session, account: Account, *, old: str, new: str) -> None:
    """Change the password and end all other sessions.

    Raises:
        InvalidInput: the old one is wrong, or the new one is not acceptable.
    """
    account = session.merge(account)
    if not passwords.is_right(account.password_hash, old[: MAX_PASSWORD + 1]):
        raise InvalidInput(code="wrong-password", fields={"old": "This is not your present password."})
    fault = _password_fault(new)
    if fault:
        raise InvalidInput(fields={"new": fault})
    account.password_hash = passwords.hash_password(new)
    account.session_epoch += 1
    audit.record(session, actor=account, action="account.password-changed", subject=f"account:{account.id}")


def set_language(session: Session, account: Account, language: str) -> None:
    """Remember the account's language.

    Raises:
        InvalidInput: we do not speak it.
    """
    if language not in LANGUAGES:
        raise InvalidInput(fields={"language": "Choose one of the offered languages."})
    session.merge(account).language = language


def create_token(session: Session, account: Account, *, name: str, days: int | None = None) -> NewToken:
    """Make a bearer token for scripts.

    Raises:
        InvalidInput: no name, too long a name, or a life out of bounds.
    """
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidInput(fields={"name": "Give the token a name of 1 to 100 characters."})
    days = DEFAULT_TOKEN_DAYS if days is None else days
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(fields={"days": "A token lives from 1 to 3660 days."})
    text = TOKEN_PREFIX + secrets.token_hex(20)
    now = utc_now()
    token = ApiToken(
        account_id=account.id,
        name=name,
        token_hash=_token_hash(text),
        prefix=text[:12],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    audit.record(session, actor=account, action="token.created", subject=f"token:{token.id}")
    return NewToken(token, text)


def find_account_by_token(session: Session, text: str) -> Account:
    """Return the account that a bearer token opens; notes when it was last used.

    Raises:
        Unauthenticated: `token-invalid`, `token-expired` or `token-revoked`.
    """
    token = session.scalar(select(ApiToken).where(ApiToken.token_hash == _token_hash(text)))
    if token is None or not token.account.is_active:
        raise Unauthenticated("This token is not valid.", code="token-invalid")
    if token.revoked_at is not None:
        raise Unauthenticated("This token was revoked.", code="token-revoked")
    now = utc_now()
    if token.expires_at <= now:
        raise Unauthenticated("This token has expired. Make a new one.", code="token-expired")
    if token.last_used_at is None or now - token.last_used_at > _SEEN_EVERY:
        token.last_used_at = now
    return token.account


def list_tokens(session: Session, account: Account) -> Sequence[ApiToken]:
    """List the account's tokens, newest first, revoked ones left out."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.account_id == account.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    ).all()


def revoke_token(session: Session, account: Account, token_id: int) -> None:
    """End a token of this account.

    Raises:
        NotFound: it is not there, or is somebody else's.
    """
    token = session.get(ApiToken, token_id)
    if token is None or token.account_id != account.id:
        raise NotFound(code="token-not-found")
    token.revoked_at = token.revoked_at or utc_now()
    audit.record(session, actor=account, action="token.revoked", subject=f"token:{token.id}")


def get_account(session: Session, account_id: int) -> Account:
    """Return an account by its id.

    Raises:
        NotFound: there is none.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(code="account-not-found")
    return account


def find_account(session: Session, username: str) -> Account | None:
    """Return the account of that name, or None."""
    key = unicodedata.normalize("NFKC", username).strip().casefold()
    return session.scalar(select(Account).where(Account.username_key == key))


def _check_new(username: str, password: str, email: str | None, language: str | None) -> None:
    fields = {}
    is_name = all(char.isalnum() or char in "_-." for char in username)
    if not (2 <= len(username) <= 40 and is_name and len(username.casefold()) <= 80):
        fields["username"] = "Use 2 to 40 letters, digits, dots, hyphens or underscores."
    fault = _password_fault(password)
    if fault:
        fields["password"] = fault
    if email is not None and (len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email)):
        fields["email"] = "This is not an e-mail address."
    if language is not None and language not in LANGUAGES:
        fields["language"] = "Choose one of the offered languages."
    if fields:
        raise InvalidInput(fields=fields)


def _password_fault(password: str) -> str:
    if len(password) < MIN_PASSWORD:
        return "Use at least 8 characters."
    if len(password) > MAX_PASSWORD:
        return "Use at most 200 characters."
    return ""


def _taken() -> Conflict:
    return Conflict("This name is already taken.", code="username-taken")


def _token_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
