"""Password hashes: argon2id at the library's recommended cost."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
# Verified against when the user does not exist, so that answering takes as long either way.
_decoy = ""


def use_quick_hashes() -> None:
    """Make hashing cheap. Only for tests (`settings.is_testing`)."""
    global _hasher, _decoy  # noqa: PLW0603 - one process, one cost
    _hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    _decoy = ""


def hash_password(password: str) -> str:
    """Return an argon2id hash with its parameters and salt."""
    return _hasher.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether `password` is the one; `stored` None does the same work and says no."""
    global _decoy  # noqa: PLW0603
    if not _decoy:
        _decoy = _hasher.hash("decoy")
    try:
        is_match = _hasher.verify(stored or _decoy, password)
    except (VerificationError, InvalidHashError):
        return False
    return is_match and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made at another cost and should be made anew."""
    return _hasher.check_needs_rehash(stored)
