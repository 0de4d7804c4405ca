"""Signed receipts: what made a result, in a form that can be checked a year later, by anybody.

A receipt is one JSON document. Its `statement` says what was judged, by what, and with which verdict; it is
signed with Ed25519 (RFC 8032) over its canonical form (RFC 8785). Scores are not in it in the clear: for each
split it holds the SHA-256 of a salted part. Parts travel beside the statement, in `opened`, for those who may
see them, and are checked against it. So a receipt that is given out during a contest tells nothing about
private scores, and cannot be changed once they are known.

    {"statement": {…, "sealed": {"public": <sha256>, "private": <sha256>}},
     "signature": {"algorithm": "Ed25519", "key_id": …, "value": <base64>},
     "opened": {"public": {"salt": …, "score": …, "metrics": […]}}}

Only this module makes or checks them; it needs neither a database nor a server.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from judge.errors import ReceiptRefused

FORMAT = 1
ALGORITHM = "Ed25519"
MAX_BYTES = 1024 * 1024
SEED_BYTES = 32
# Signatures of ours cannot be taken for signatures of something else.
_DOMAIN = b"openmodels-judge receipt 1\n"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What a worker signs with.

    Attributes:
        seed: 32 secret bytes, the private key as RFC 8032 has it.
    """

    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise ValueError(f"an Ed25519 key has {SEED_BYTES} bytes, not {len(self.seed)}")

    @classmethod
    def generate(cls) -> "SigningKey":
        """Return a new key."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @property
    def public_key(self) -> str:
        """Return the public half, base64."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    @property
    def key_id(self) -> str:
        """Return the name under which the public half is known: the start of its SHA-256."""
        return key_id_of(self.public_key)

    def sign(self, message: bytes) -> str:
        """Return the signature of a message, base64."""
        return base64.b64encode(self._private.sign(message)).decode()

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def key_id_of(public_key: str) -> str:
    """Return the id of a public key.

    Args:
        public_key: 32 bytes as base64.

    Raises:
        ValueError: it is not that.
    """
    return hashlib.sha256(_key_bytes(public_key)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Verified:
    """A receipt whose signature and opened parts are right.

    Attributes:
        statement: what was signed.
        opened: split → its part, those that the receipt carries.
        key_id: by which key.
    """

    statement: Mapping[str, Any]
    opened: Mapping[str, Mapping[str, Any]]
    key_id: str


def seal(part: Mapping[str, object]) -> dict[str, object]:
    """Return a part with a salt: only who has the salt can try values against its digest."""
    return {"salt": secrets.token_hex(16), **part}


def digest(part: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, of a sealed part's canonical form."""
    return hashlib.sha256(_canonical(part)).hexdigest()


def sign(
    statement: Mapping[str, object], parts: Mapping[str, Mapping[str, object]], key: SigningKey
) -> dict[str, object]:
    """Return a receipt with all its parts opened.

    Args:
        statement: JSON; `format` and `sealed` are added.
        parts: split → what `seal` gave.
        key: signs.

    Raises:
        ValueError: something in it has no canonical form (NaN, an integer beyond 2**53).
    """
    sealed = {split: digest(part) for split, part in parts.items()}
    whole: dict[str, object] = {"format": FORMAT, **statement, "sealed": sealed}
    signature = {"algorithm": ALGORITHM, "key_id": key.key_id, "value": key.sign(_message(whole))}
    return {
        "statement": whole,
        "signature": signature,
        "opened": {split: dict(part) for split, part in parts.items()},
    }


def closed(receipt: Mapping[str, Any], splits: frozenset[str]) -> dict[str, Any]:
    """Return a receipt with only these splits opened."""
    opened = {split: part for split, part in receipt["opened"].items() if split in splits}
    return {**receipt, "opened": opened}


def read(raw: bytes) -> dict[str, Any]:
    """Return a receipt's JSON.

    Raises:
        ReceiptRefused: `receipt-unreadable`: too large, truncated, no JSON object, or a key twice.
    """
    if len(raw) > MAX_BYTES:
        raise _unreadable(f"it has {len(raw)} bytes; a receipt has at most {MAX_BYTES}")
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"it is not JSON ({error})") from error
    if not isinstance(found, dict):
        raise _unreadable("it is not a JSON object")
    return found


def verify(receipt: Mapping[str, Any], public_keys: Mapping[str, str]) -> Verified:
    """Check a receipt.

    Args:
        receipt: of `read`.
        public_keys: key id → public key, base64: those that the judge itself publishes, never any that came
            with the receipt.

    Raises:
        ReceiptRefused: `receipt-unreadable`, `receipt-key-unknown` (signed by somebody else, or again),
            `receipt-forged` (changed after it was signed), `receipt-part-forged` (a score was changed).
    """
    statement, signature = _section(receipt, "statement"), _section(receipt, "signature")
    opened = _section(receipt, "opened")
    if statement.get("format") != FORMAT:
        raise _unreadable(f"its format is {statement.get('format')!r}; this judge knows {FORMAT}")
    key_id = signature.get("key_id")
    public_key = public_keys.get(key_id) if isinstance(key_id, str) else None
    if public_key is None or signature.get("algorithm") != ALGORITHM:
        raise ReceiptRefused(
            "This receipt is signed with a key that is not the judge's: {key_id}.",
            code="receipt-key-unknown",
            params={"key_id": str(key_id)[:80]},
        )
    _check_signature(statement, signature.get("value"), public_key)
    sealed = statement.get("sealed")
    for split, part in opened.items():
        if not isinstance(sealed, dict) or not isinstance(part, dict) or _digest(part) != sealed.get(split):
            raise ReceiptRefused(
                "The scores of the split {split} are not those that were signed.",
                code="receipt-part-forged",
                params={"split": split[:20]},
            )
    return Verified(statement, opened, str(key_id))


def _check_signature(statement: Mapping[str, Any], value: object, public_key: str) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(_key_bytes(public_key))
        key.verify(base64.b64decode(str(value), validate=True), _message(statement))
    except (InvalidSignature, ValueError) as error:
        raise ReceiptRefused(
            "This receipt was changed after it was signed: its signature does not fit.", code="receipt-forged"
        ) from error


def _message(statement: Mapping[str, object]) -> bytes:
    return _DOMAIN + _canonical(statement)


def _canonical(value: Mapping[str, Any]) -> bytes:
    try:
        return rfc8785.dumps(dict(value))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise ValueError(f"no canonical form: {error}") from error


def _digest(part: Mapping[str, object]) -> str:
    try:
        return digest(part)
    except ValueError:
        return ""


def _key_bytes(public_key: str) -> bytes:
    try:
        raw = base64.b64decode(public_key, validate=True)
    except binascii.Error as error:
        raise ValueError("a public key is base64") from error
    if len(raw) != SEED_BYTES:
        raise ValueError(f"an Ed25519 public key has {SEED_BYTES} bytes, not {len(raw)}")
    return raw


def _section(receipt: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = receipt.get(name)
    if not isinstance(found, dict):
        raise _unreadable(f"its part {name!r} is missing")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is there twice: two readers would see two receipts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _unreadable(reason: str) -> ReceiptRefused:
    return ReceiptRefused(
        "This is not a receipt: {reason}.", code="receipt-unreadable", params={"reason": reason}
    )
