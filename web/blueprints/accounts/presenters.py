"""What the settings page shows of tokens."""

from dataclasses import dataclass
from datetime import datetime

from judge.models import ApiToken


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token; its text is gone.

    Attributes:
        token_id: key, for revoking.
        name: what it is for.
        prefix: first characters, to recognise it by.
        created_at: when it was made.
        expires_at: when it stops working.
        last_used_at: when a script last used it.
        is_expired: whether that time has come.
    """

    token_id: int
    name: str
    prefix: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    is_expired: bool


def present_token(token: ApiToken, *, now: datetime) -> TokenRow:
    """Return a token as a row."""
    return TokenRow(
        token.id,
        token.name,
        token.prefix,
        token.created_at,
        token.expires_at,
        token.last_used_at,
        token.expires_at <= now,
    )
