"""Statements: Markdown with maths to HTML that cannot do anything.

The text comes from organizers, and an imported package may be hostile: raw HTML is off, formulas
become MathML on the server, and what comes out is sanitised once more against a list of tags.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import nh3
from latex2mathml import exceptions
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

MATHML_TAGS = {
    "math", "menclose", "merror", "mfenced", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
}  # fmt: skip
MATHML_ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display",
    "displaystyle",
    "fence", "form", "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width",
}  # fmt: skip
TEXT_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li",
    "ol", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
# The library's errors share no base; the others are what it runs into on malformed input.
MATH_ERRORS: tuple[type[Exception], ...] = (
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, StopIteration,
)  # fmt: skip
MAX_FORMULA = 4000
_OPERATORS = re.compile(r"\\(arg|softmax|sign|sgn|diag|tr|rank|Var|Cov|argmax|argmin)(?![A-Za-z])")


def render(text: str, *, picture_url: str) -> Markup:
    """Return a statement as HTML.

    Args:
        text: Markdown with `$…$` and `$$…$$`.
        picture_url: prefix of the addresses of its pictures, which are named relative to it.
    """
    return Markup(_render(text, picture_url))  # noqa: S704  sanitised below


@lru_cache(maxsize=128)
def _render(text: str, picture_url: str) -> str:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_labels=False, double_inline=True, renderer=_formula)
    tokens = parser.parse(text)
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        del tokens[:3]  # the page has the problem's name as its title already
    _adapt(tokens, picture_url)
    return nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TEXT_TAGS | MATHML_TAGS,
        attributes={
            "a": {"href", "title"},
            "img": {"src", "alt", "title", "loading"},
            "code": {"class"},
            "div": {"class"},
            "span": {"class"},
            "ol": {"start"},
            "th": {"class"},
            "td": {"class"},
            **{tag: MATHML_ATTRIBUTES for tag in MATHML_TAGS},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _formula(source: str, options: dict[str, Any]) -> str:
    """Return MathML, or the source when it is not TeX we know: readable beats missing."""
    is_display = bool(options.get("display_mode"))
    if len(source) <= MAX_FORMULA:
        try:
            return str(convert(_known(source), display="block" if is_display else "inline"))
        except MATH_ERRORS:
            pass
    return f"<code>{escape(source)}</code>"


def _known(source: str) -> str:
    """Say in words the library knows what TeX has names for and it has not."""
    return _OPERATORS.sub(r"\\operatorname{\1}", source)


def _adapt(tokens: Sequence[Token], picture_url: str) -> None:
    """Move headings one level down, point pictures at our route, replace style by class."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        style = token.attrGet("style")
        if style is not None:  # how the table rule says alignment; our policy knows no inline style
            del token.attrs["style"]
            token.attrSet("class", f"text-{_ALIGN.get(str(style).removeprefix('text-align:'), 'start')}")
        if token.type == "image":
            name = str(token.attrGet("src") or "").removeprefix("./")
            token.attrSet("src", picture_url + quote(name))
            token.attrSet("loading", "lazy")
        _adapt(token.children or (), picture_url)


_ALIGN = {"left": "start", "center": "center", "right": "end"}
