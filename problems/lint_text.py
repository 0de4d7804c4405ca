"""Checks of the statements: both languages, the same outline, nothing that does not resolve.

Codes: statement-missing, statement-empty, statement-encoding, statement-size, statement-outline,
statement-html, statement-maths, link-broken, link-scheme.
"""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from problems.errors import Finding, PackageError
from problems.loader import Package

LANGUAGES = ("en", "zh")
MIN_CHARS = 200
MAX_CHARS = 200_000

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)\s>]*)>?[^)\n]*\)")
_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)
_HTML = re.compile(r"<(?:/?[a-zA-Z][^>\n]*|!--)")
_MATHS = re.compile(r"(?<!\\)\$")


def check_statements(package: Package) -> Iterator[Finding]:
    """Check the statement in every language.

    Args:
        package: a loaded package.

    Yields:
        Findings with the line they stand on.
    """
    outlines = {}
    for language in LANGUAGES:
        name = f"statement/{language}.md"
        try:
            text = package.statement(language)
        except PackageError as error:
            yield from error.findings
            continue
        if not MIN_CHARS <= len(text) * (3 if language == "zh" else 1) <= MAX_CHARS:
            yield Finding(
                "statement-size", f"{len(text)} characters: too short or too long to be a statement", name
            )
        prose = _CODE.sub(_blank, text)
        outlines[language] = [len(match[1]) for match in _HEADING.finditer(prose)]
        yield from _check_prose(package, name, prose)
    if len(outlines) == len(LANGUAGES) and len({tuple(outline) for outline in outlines.values()}) > 1:
        message = "the headings of the two languages differ; one of them may be out of date"
        yield Finding("statement-outline", message, "statement/zh.md", severity="warning")


def _blank(match: re.Match[str]) -> str:
    """Replace code by blanks of the same lines, so that line numbers stay true."""
    return re.sub(r"[^\n]", " ", match[0])


def _check_prose(package: Package, name: str, prose: str) -> Iterator[Finding]:
    for match in _LINK.finditer(prose):
        fault = _link_fault(package, name, match[1])
        if fault:
            yield Finding(fault[0], fault[1], name, _line(prose, match.start()))
    for match in _HTML.finditer(prose):
        message = "raw HTML is shown as text; use Markdown"
        yield Finding("statement-html", message, name, _line(prose, match.start()), severity="warning")
    start = 0
    for block in re.split(r"(\n\s*\n)", prose):
        if len(_MATHS.findall(block)) % 2:
            message = "odd number of `$`: a formula is not closed (write a plain dollar as \\$)"
            yield Finding("statement-maths", message, name, _line(prose, start))
        start += len(block)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _link_fault(package: Package, name: str, target: str) -> tuple[str, str] | None:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", target)
    if scheme:
        if scheme[1].lower() in {"https", "http", "mailto"}:
            return None
        return "link-scheme", f"links may be https or mailto, not {scheme[1][:20]}:"
    if target.startswith("#"):
        return None
    path = unquote(target.partition("#")[0])
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if not resolved.startswith(("statement/", "public/")):
        return "link-broken", f"{target[:80]!r} leads outside statement/ and public/"
    if resolved not in package.files:
        return "link-broken", f"{target[:80]!r} is not a file of the package"
    return None
