"""Checks of the statements: both languages, the same outline, nothing that does not resolve.

Read by the parser that the pages use, so that what is a link here is one there. Addresses elsewhere are
checked for their form alone: a proof must not depend on somebody else's server.

Codes: statement-missing, statement-empty, statement-encoding, statement-size, statement-outline,
statement-html, statement-maths, link-broken, link-anchor, link-scheme, link-address, picture-missing,
picture-external, picture-broken.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from problems.errors import Finding, PackageError
from problems.loader import Package

LANGUAGES = ("en", "zh")
MIN_CHARS = 200
MAX_CHARS = 200_000

_CODE = re.compile(r"```.*?```|~~~.*?~~~|`[^`\n]*`", re.DOTALL)
_HTML = re.compile(r"<(?:/?[a-zA-Z][^>\n]*|!--)")
_AUTOLINK = re.compile(r"<(?:https?://|mailto:)[^>\s]*>|<[^>\s@]+@[^>\s]+>")
_MATHS = re.compile(r"(?<!\\)\$")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+|\[[0-9A-Fa-f:.]+\]")
# What each kind of picture begins with; a browser believes nothing else.
_PICTURES = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".svg": (b"<", b"\xef\xbb\xbf<"),
}


class _Link(NamedTuple):
    target: str
    line: int
    is_picture: bool


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
        if not text.strip():
            yield Finding("statement-empty", "is empty; write the statement in both languages", name, 1)
            continue
        if not MIN_CHARS <= len(text) * (3 if language == "zh" else 1) <= MAX_CHARS:
            low, high = (MIN_CHARS // 3, MAX_CHARS // 3) if language == "zh" else (MIN_CHARS, MAX_CHARS)
            message = f"{len(text)} characters: a statement has {low} to {high}; say what is given and wanted"
            yield Finding("statement-size", message, name)
        tokens = _parsed(text)
        outlines[language] = [token.tag for token in tokens if token.type == "heading_open"]
        yield from _check_prose(name, _CODE.sub(_blank, text))
        yield from _check_links(package, name, tokens, text)
    if len(outlines) == len(LANGUAGES) and len({tuple(outline) for outline in outlines.values()}) > 1:
        message = "the headings of the two languages differ; one of them may be out of date"
        yield Finding("statement-outline", message, "statement/zh.md", severity="warning")


def _parsed(text: str) -> Sequence[Token]:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    # What the pages would show as text, because of where it leads, is a link here, so that it is told.
    parser.__dict__["validateLink"] = lambda _: True
    tokens: Sequence[Token] = parser.use(dollarmath_plugin, allow_labels=False, double_inline=True).parse(
        text
    )
    return tokens


def _check_links(package: Package, name: str, tokens: Sequence[Token], text: str) -> Iterator[Finding]:
    anchors = _anchors(tokens)
    for link in _links(tokens, text.split("\n")):
        fault = _picture_fault(package, name, link) if link.is_picture else _fault(package, name, link)
        if link.target.startswith("#") and not link.is_picture and link.target[1:] not in anchors:
            fault = "link-anchor", f"there is no heading {link.target[:80]!r} in this statement"
        if fault:
            yield Finding(fault[0], fault[1], name, link.line)


def _blank(match: re.Match[str]) -> str:
    """Replace code by blanks of the same lines, so that line numbers stay true."""
    return re.sub(r"[^\n]", " ", match[0])


def _check_prose(name: str, prose: str) -> Iterator[Finding]:
    for match in _HTML.finditer(_AUTOLINK.sub(_blank, prose)):
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


def _links(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[_Link]:
    for token in tokens:
        first, end = token.map or (0, 0)
        for child in token.children or ():
            for inner in (child, *(child.children or ())):
                if inner.type in {"link_open", "image"}:
                    is_picture = inner.type == "image"
                    target = str(inner.attrGet("src" if is_picture else "href") or "")
                    plain = unquote(target)
                    near = (at for at in range(first, end) if target in lines[at] or plain in lines[at])
                    yield _Link(plain, next(near, first) + 1, is_picture)


def _anchors(tokens: Sequence[Token]) -> set[str]:
    """Return the headings as links name them: lower case, joined by hyphens, repeated ones counted."""
    seen: dict[str, int] = {}
    anchors = set()
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            plain = "".join(child.content for child in inline.children or ())
            slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
            anchors.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
            seen[slug] = seen.get(slug, 0) + 1
    return anchors


def _fault(package: Package, name: str, link: _Link) -> tuple[str, str] | None:
    scheme = _SCHEME.match(link.target)
    if scheme:
        return _address_fault(link.target, scheme[1].lower())
    if link.target.startswith("#"):
        return None
    path = link.target.partition("#")[0].partition("?")[0]
    resolved = _resolved(name, path)
    if not resolved.startswith(("statement/", "public/")):
        return "link-broken", f"{link.target[:80]!r} leads outside statement/ and public/"
    is_folder = any(file.startswith(resolved.rstrip("/") + "/") for file in package.files)
    if resolved not in package.files and not is_folder:
        return "link-broken", f"{link.target[:80]!r} is not a file of the package"
    return None


def _address_fault(target: str, scheme: str) -> tuple[str, str] | None:
    if scheme not in {"https", "http", "mailto"}:
        return "link-scheme", f"links may be https or mailto, not {scheme[:20]}:"
    if scheme == "mailto":
        is_address = re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", target)
        return None if is_address else ("link-address", f"{target[:80]!r} is no mail address")
    try:
        parts = urlsplit(target)
        is_good = bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
    except ValueError:
        is_good = False
    return None if is_good else ("link-address", f"{target[:80]!r} is no address")


def _picture_fault(package: Package, name: str, link: _Link) -> tuple[str, str] | None:
    if _SCHEME.match(link.target) or link.target.startswith("//"):
        return "picture-external", "pages show no pictures of other servers; put the file into statement/"
    resolved = _resolved(name, link.target)
    entry = package.files.get(resolved)
    if entry is None or not resolved.startswith("statement/"):
        return "picture-missing", f"{link.target[:80]!r} is not a file below statement/"
    starts = _PICTURES.get(posixpath.splitext(resolved)[1].lower())
    if starts is None:
        return "picture-broken", f"{link.target[:80]!r} is none of {', '.join(sorted(_PICTURES))}"
    with entry.path.open("rb") as stream:
        is_one = stream.read(16).lstrip().startswith(starts)
    return None if is_one else ("picture-broken", f"{link.target[:80]!r} holds no such picture")


def _resolved(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
