"""Which file names a package may contain. One rule for folders, zips and the store.

Names are shown on pages, written to disks of three operating systems and put on command lines:
everything that has ever surprised one of these is refused.
"""

import unicodedata
from pathlib import PurePosixPath

MAX_PATH_CHARS = 240
MAX_PART_BYTES = 120
MAX_PARTS = 10

TOP_LEVEL = {
    "problem.yaml": "file",
    "prepare.py": "file",
    "scorer.py": "file",
    "README.md": "file",
    "LICENSE": "file",
    "CHANGELOG.md": "file",
    "statement": "folder",
    "source": "folder",  # what prepare.py needs and is not built: hidden tests, scripts
    "public": "folder",
    "hidden": "folder",
    "submissions": "folder",
}
_FORBIDDEN_CHARS = frozenset('\\:*?"<>|')
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def name_fault(name: str) -> str | None:
    """Say what is wrong with a relative path.

    Args:
        name: path with `/` between its parts, as an archive or folder states it.

    Returns:
        A short reason, or None when the name is fine.
    """
    if not name or len(name) > MAX_PATH_CHARS:
        return f"must have 1 to {MAX_PATH_CHARS} characters"
    if name.startswith("/") or any(char in _FORBIDDEN_CHARS for char in name):
        return 'must be relative, without any of \\ : * ? " < > |'
    if any(unicodedata.category(char) in _FORBIDDEN_CATEGORIES for char in name):
        return "contains control, invisible or direction-changing characters"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode normal form C"
    return _parts_fault(name.split("/"))


def _parts_fault(parts: list[str]) -> str | None:
    if len(parts) > MAX_PARTS:
        return f"is deeper than {MAX_PARTS} folders"
    for part in parts:
        if part in {"", ".", ".."}:
            return "has an empty, `.` or `..` part"
        if part != part.strip() or part.endswith(".") or part.startswith("."):
            return "has a part that starts or ends with a space or dot"
        if len(part.encode("utf-8", "surrogatepass")) > MAX_PART_BYTES:
            return f"has a part longer than {MAX_PART_BYTES} bytes"
    return None


def layout_fault(name: str) -> str | None:
    """Say whether a path has no place in a package.

    Args:
        name: a path that `name_fault` accepts.

    Returns:
        A short reason, or None when it belongs.
    """
    top, *rest = PurePosixPath(name).parts
    expected = TOP_LEVEL.get(top)
    if expected is None:
        return f"{top!r} is not part of a package; allowed: {', '.join(TOP_LEVEL)}"
    if (expected == "folder") != bool(rest):
        return f"{top!r} must be a {expected}"
    return None
