"""What the API says of receipts: as they were signed, nothing in them rounded or reworded."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from web.api.schema_base import Out


class ReceiptOut(Out):
    """A signed receipt; `judge receipt verify` checks it."""

    statement: Annotated[dict[str, Any], Field(description="what was signed, in RFC 8785's form")]
    signature: Annotated[dict[str, str], Field(description="algorithm, key_id, and value in base64")]
    opened: Annotated[
        dict[str, dict[str, Any]],
        Field(description="split → scores that may be seen; the SHA-256 of each is in statement.sealed"),
    ]


class ReceiptKeyOut(Out):
    """A public key, 32 bytes in base64."""

    key_id: str
    public_key: str
    first_used_at: datetime


class ReceiptKeysOut(Out):
    """All keys that receipts of this judge were ever signed with."""

    items: list[ReceiptKeyOut]
