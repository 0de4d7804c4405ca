"""Names in addresses: what cannot be one is answered like one that does not exist.

Checked before any query: PostgreSQL refuses a NUL in a text, and that must not become a 500.
"""

import re

from judge.errors import NotFound
from web.api.queries import SLUG

PUBLIC_ID = re.compile(r"^[A-Za-z0-9_-]{1,26}$")


def slug_of(text: str) -> str:
    """Return a slug.

    Raises:
        NotFound: nothing can be called that.
    """
    if not re.fullmatch(SLUG, text):
        raise NotFound
    return text


def public_id_of(text: str) -> str:
    """Return a submission's id.

    Raises:
        NotFound: no submission can have that one.
    """
    if not PUBLIC_ID.fullmatch(text):
        raise NotFound
    return text
