"""Makes pictures of an organizer's scorer safe to show: their bytes come from a sandbox.

A PNG keeps the chunks that make its picture; an SVG is rebuilt from an allow-list of elements and attributes.
"""

import struct
import zlib
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
    kept, position = [_SIGNATURE], len(_SIGNATURE)
    while position + 12 <= len(body):
        (length,) = struct.unpack_from(">I", body, position)
        kind, end = body[position + 4 : position + 8], position + 12 + length
        chunk = body[position:end]
        if len(chunk) != length + 12 or struct.unpack(">I", chunk[-4:])[0] != zlib.crc32(chunk[4:-4]):
            break
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", chunk, 8)
            if not 0 < width * height <= MAX_PIXELS:
                raise ScorerFault(f"plot {plot.name} has {width} x {height} pixels")
        if kind in _CHUNKS:
            kept.append(chunk)
        position = end
        if kind == b"IEND":
            return b"".join(kept)
    raise ScorerFault(f"plot {plot.name} is a damaged PNG")


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
    safe: bytes = ET.tostring(_rebuilt(root, 0), encoding="utf-8", xml_declaration=True)
    return safe


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
