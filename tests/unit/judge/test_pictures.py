"""Pictures of scorers: only what draws is left of them."""

import struct
import zlib

import pytest

from judge.worker.pictures import made_safe
from judge.worker.verdicts import ScorerFault
from scoring.contract import Plot, ScoringReport, Table

TITLE = {"en": "x", "zh": "x"}
SVG = Plot(name="p", title=TITLE, media_type="image/svg+xml")
PNG = Plot(name="p", title=TITLE, media_type="image/png")
DOUBLED = "<g id='g{0}'><use href='#g{1}'/><use href='#g{1}'/></g>"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*more, width=1, height=1):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(more)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND")
    )


def test_reports_whose_parts_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="p is there twice"):
        ScoringReport(status="scored", plots=(SVG, PNG))
    with pytest.raises(ValueError, match="row 2 has 1 cells for 2 columns"):
        Table(name="t", title=TITLE, columns=("a", "b"), rows=((1, 2), (3,)))


def test_a_png_keeps_its_picture_alone():
    hostile = png(chunk(b"tEXt", b"Comment\0<script>"), chunk(b"eXIf", b"x")) + b"<script>alert(1)</script>"
    assert made_safe(PNG, hostile) == png()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"GIF89a",
        png()[:40],
        png(width=100_000, height=100_000),
        png().replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR") + chunk(b"IEND"),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND"),
        png(chunk(b"IHDR", b"\0\0\xff\xff" * 2 + b"\x08\0\0\0\0")),
    ],
)
def test_what_is_no_png_is_refused(body):
    with pytest.raises(ScorerFault):
        made_safe(PNG, body)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject><body onload='x'/></foreignObject>",
        "<rect onclick='alert(1)' width='1'/>",
        "<a xlink:href='javascript:alert(1)'><rect/></a>",
        "<image xlink:href='http://evil/x.png'/>",
        "<use xlink:href='http://evil/x.svg#a'/>",
        "<rect style='fill:url(http://evil/)'/>",
        "<rect fill='URL( http://evil/ )'/>",
        "<style>@import 'http://evil/'</style>",
        "<animate onbegin='alert(1)'/>",
        "<rect fill='\\75rl(http://evil)'/>",
    ],
)
def test_an_svg_does_nothing(inside):
    safe = made_safe(SVG, f"{HEAD}><g>{inside}<path d='M0 0L1 1'/></g></svg>".encode()).decode()
    assert "M0 0L1 1" in safe
    for word in ("alert", "evil", "onclick", "onload", "import", "script", "75rl"):
        assert word not in safe


def test_an_svg_keeps_what_draws():
    shapes = "<use xlink:href='#m' x='1'/><g clip-path='url(#m)' style='fill: red; behavior: x'/>"
    body = f"{HEAD} viewBox='0 0 9 9'><defs><path id='m' d='M0 0'/></defs>{shapes}<text>十</text></svg>"
    safe = made_safe(SVG, body.encode()).decode()
    for part in ('viewBox="0 0 9 9"', 'href="#m"', "url(#m)", 'fill="red"', "十"):
        assert part in safe
    assert "behavior" not in safe


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html/>", b"<svg", b"\xff\xfe",
        b"<!DOCTYPE svg [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><svg xmlns='http://www.w3.org/2000/svg'>&c;</svg>",
        b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        f"{HEAD}>{'<g/>' * 20_001}</svg>".encode(),
        f"{HEAD}><g id='a'><use href='#a'/></g></svg>".encode(),
        f"{HEAD}><g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g></svg>".encode(),
        # Each of twenty groups draws the next one twice: a million.
        f"{HEAD}>{''.join(DOUBLED.format(n, n + 1) for n in range(20))}<g id='g20'/></svg>".encode(),
    ],
)  # fmt: skip
def test_what_is_no_harmless_svg_is_refused(body):
    with pytest.raises(ScorerFault):
        made_safe(SVG, body)
