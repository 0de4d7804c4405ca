"""Makes pictures of an organizer's scorer safe to show: their bytes come from a sandbox.

A PNG keeps the chunks that make its picture; an SVG is rebuilt from an allow-list of elements and attributes.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from judge.worker.verdicts import ScorerFault
from scoring.contract import Plot

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"pHYs"})
MAX_PIXELS = 16_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 30
MAX_DRAWN = 100_000  # elements, those that `use` draws again counted each time
_HEADER_BYTES = 12 + 13
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    """svg g defs title desc path rect circle ellipse line polyline polygon text tspan use symbol marker
    clipPath linearGradient radialGradient stop""".split()  # noqa: SIM905 - a list of words is read as one
)
_ATTRIBUTES = frozenset(
    """id class version viewBox preserveAspectRatio d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height points
    rotate transform fill fill-opacity fill-rule clip-rule clip-path clipPathUnits opacity stroke stroke-width
    stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset stroke-miterlimit stroke-opacity
    font-size font-family font-weight font-style text-anchor dominant-baseline
    offset stop-color stop-opacity gradientUnits gradientTransform
    orient refX refY markerWidth markerHeight marker-start marker-end marker-mid""".split()  # noqa: SIM905
)
_LINK = "{http://www.w3.org/1999/xlink}href"


def made_safe(plot: Plot, body: bytes) -> bytes:
    """Return a picture's bytes, with nothing in them but the picture.

    Args:
        plot: says what it is.
        body: from the scorer.

    Raises:
        ScorerFault: it is no such picture.
    """
    return _safe_png(plot, body) if plot.media_type == "image/png" else _safe_svg(plot, body)


def _safe_png(plot: Plot, body: bytes) -> bytes:
    if not body.startswith(_SIGNATURE):
        raise ScorerFault(f"plot {plot.name} is no PNG")
    kept = [_SIGNATURE]
    for kind, chunk in _chunks(body):
        is_header = kind == b"IHDR"
        if is_header != (len(kept) == 1) or (is_header and len(chunk) != _HEADER_BYTES):
            break  # the header comes first, and once
        if is_header:
            width, height = struct.unpack_from(">II", chunk, 8)
            if not 0 < width * height <= MAX_PIXELS:
                raise ScorerFault(f"plot {plot.name} has {width} x {height} pixels")
        if kind in _CHUNKS:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
    raise ScorerFault(f"plot {plot.name} is a damaged PNG")


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and bytes of each chunk of a PNG, up to the first that is damaged."""
    position = len(_SIGNATURE)
    while position + 12 <= len(body):
        (length,) = struct.unpack_from(">I", body, position)
        chunk = body[position : position + 12 + length]
        if len(chunk) != length + 12 or struct.unpack(">I", chunk[-4:])[0] != zlib.crc32(chunk[4:-4]):
            return
        yield chunk[4:8], chunk
        position += len(chunk)


def _safe_svg(plot: Plot, body: bytes) -> bytes:
    try:
        root = parse(BytesIO(body), forbid_dtd=False).getroot()
    except (ET.ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise ScorerFault(f"plot {plot.name} is no SVG that can be shown: {type(error).__name__}") from error
    if root is None or _local(root.tag) != "svg":
        raise ScorerFault(f"plot {plot.name} is no SVG")
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise ScorerFault(f"plot {plot.name} has more than {MAX_ELEMENTS} elements")
    ET.register_namespace("", _SVG)
    made = _rebuilt(root, 0)
    if _n_drawn(made, {one.attrib["id"]: one for one in made.iter() if one.get("id")}, ()) > MAX_DRAWN:
        raise ScorerFault(f"plot {plot.name} draws more than {MAX_DRAWN} elements, or itself")
    safe: bytes = ET.tostring(made, encoding="utf-8", xml_declaration=True)
    return safe


def _n_drawn(element: ET.Element, by_id: Mapping[str, ET.Element], within: tuple[str, ...]) -> int:
    """Return how many elements a browser draws; once beyond the limit, counting ends.

    Args:
        element: rebuilt, so no deeper than `MAX_DEPTH`.
        by_id: elements that `use` may name.
        within: names that lead here: one that leads to itself draws without end.
    """
    n_drawn = 1
    name = element.get("href", "")[1:]
    if name in by_id:
        if name in within or len(within) >= MAX_DEPTH:
            return MAX_DRAWN + 1
        n_drawn += _n_drawn(by_id[name], by_id, (*within, name))
    for child in element:
        n_drawn += _n_drawn(child, by_id, within)
        if n_drawn > MAX_DRAWN:
            break
    return n_drawn


def _local(tag: object) -> str:
    return tag.removeprefix(f"{{{_SVG}}}") if isinstance(tag, str) else ""


def _rebuilt(element: ET.Element, depth: int) -> ET.Element:
    made = ET.Element(f"{{{_SVG}}}{_local(element.tag)}")
    for name, value in element.attrib.items():
        if name in {_LINK, "href"} and value.startswith("#"):
            made.set("href", value)
        elif name == "style":
            made.attrib.update(_declarations(value))
        elif name in _ATTRIBUTES and _is_harmless(value):
            made.set(name, value)
    made.text, made.tail = element.text, element.tail
    if depth < MAX_DEPTH:
        made.extend(_rebuilt(child, depth + 1) for child in element if _local(child.tag) in _ELEMENTS)
    return made


def _declarations(style: str) -> dict[str, str]:
    """Return a style's declarations as attributes; those of no attribute are dropped."""
    pairs = (part.partition(":") for part in style.split(";"))
    found = {name.strip(): value.strip() for name, _, value in pairs}
    return {name: value for name, value in found.items() if name in _ATTRIBUTES and _is_harmless(value)}


def _is_harmless(value: str) -> bool:
    """Whether a value refers to nothing outside of the picture."""
    lowered = "".join(value.lower().split())
    return "url(" not in lowered.replace("url(#", "") and "javascript:" not in lowered and "\\" not in lowered
