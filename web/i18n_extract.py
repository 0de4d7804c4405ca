"""Collects every message people may read into the Chinese catalogue: `python -m web.i18n_extract`.

Three sources: calls of gettext in the portal and its templates; the scorers' and the judge's
catalogues of lines and of weaknesses; and the sentences with which the domain refuses something,
which it raises as English templates without knowing of gettext. The last are found as what they are:
string constants that read as a sentence. A test fails while one of all these has no translation.
"""

import ast
import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from judge.messages import CATALOGUE, KINDS, NO_INTERVAL, REASONS, WEAKNESSES
from web.i18n import CATALOGS

logger = logging.getLogger(__name__)
ROOT = Path(__file__).parent.parent
PORTAL = ROOT / "web"
PO = CATALOGS / "zh" / "LC_MESSAGES" / "messages.po"
# Where sentences are for people who hand in and organize. The command line speaks English.
SPEAKING = ("judge/errors.py", "judge/services", "web")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
MessageId = str | tuple[str, ...]


def collect() -> dict[MessageId, str]:
    """Return every message id and where it stands; plural forms are tuples."""
    found: dict[MessageId, str] = {}
    for text in chain(*(one.values() for one in (CATALOGUE, KINDS, REASONS, NO_INTERVAL, WEAKNESSES))):
        found.setdefault(text, "judge/messages.py")
    for place in SPEAKING:
        path = ROOT / place
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for sentence in sentences(module.read_text("utf-8")):
                found.setdefault(sentence, module.relative_to(ROOT).as_posix())
    for name, _line, message, _comments, _context in extract_from_dir(
        PORTAL, METHODS, OPTIONS, keywords=_keywords()
    ):
        found.setdefault(message, f"web/{name}")
    return found


def sentences(source: str) -> Iterator[str]:
    """Yield string constants of a module that read as a sentence and are no docstring.

    Args:
        source: Python.
    """
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            text = node.value
            if text[:1].isupper() and text.endswith((".", "?")) and " " in text and "\n" not in text:
                yield text


def update() -> list[MessageId]:
    """Bring the Chinese catalogue in line with the sources.

    Returns:
        Messages that have no translation yet.
    """
    found = collect()
    with PO.open("rb") as stream:
        kept = read_po(stream, locale="zh")
    # The old date stays: a run that finds nothing new changes nothing.
    fresh = Catalog(
        locale="zh",
        project="OpenModels Judge",
        fuzzy=False,
        charset="utf-8",
        creation_date=kept.creation_date,
        revision_date=kept.revision_date,
    )
    for message, place in found.items():
        known = kept.get(message[0] if isinstance(message, tuple) else message)
        fresh.add(message, known.string if known else None, auto_comments=[place])
    with PO.open("wb") as stream:
        write_po(stream, fresh, width=110, omit_header=False, sort_output=True, include_lineno=False)
    return untranslated(fresh)


def untranslated(catalog: Catalog) -> list[MessageId]:
    """List the messages of a catalogue that have no translation, or one that waits for review."""
    return [
        tuple(entry.id) if isinstance(entry.id, list | tuple) else entry.id
        for entry in catalog
        if entry.id and (entry.fuzzy or not entry.string or (entry.pluralizable and not all(entry.string)))
    ]


def _keywords() -> dict[str, tuple[int, ...] | None]:
    return {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for missing in update():
        logger.info("no translation yet: %r", missing)
