"""What templates may use beside their presenters: a few filters, the navigation, the sandbox notice."""

from datetime import UTC, datetime
from math import isfinite

from flask import Flask, request
from flask_babel import format_datetime, format_decimal
from markupsafe import Markup

from judge.clock import utc_now
from web.presenters.navigation import navigation
from web.presenters.sandbox import site_notice

MIB = 1024 * 1024


def configure(app: Flask) -> None:
    """Register filters and globals; make undefined names errors instead of blanks."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(instant=instant, size=human_size, number=number, duration=duration)
    app.context_processor(page_frame)


def page_frame() -> dict[str, object]:
    """Return what the frame around every page shows."""
    return {
        "navigation": navigation(request.endpoint or ""),
        "site_notice": site_notice(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
        "server_now": utc_now().isoformat(),
    }


def instant(value: datetime | None, style: str = "datetime") -> Markup:
    """Return a `<time>` that a script shows in the reader's zone; the text is UTC until then.

    Args:
        value: aware instant, or None for a dash.
        style: `datetime`, `date` or `relative`: what the script makes of it.
    """
    if value is None:
        return Markup("–")
    value = value.astimezone(UTC)
    text = f"{format_datetime(value, 'yyyy-MM-dd HH:mm')} UTC"
    return Markup('<time datetime="{}" data-local="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), style, text
    )


def human_size(n_bytes: int) -> str:
    """Return a size in the unit people would say it in."""
    if n_bytes < 1024:
        return f"{n_bytes} B"
    if n_bytes < MIB:
        return f"{format_decimal(round(n_bytes / 1024, 1))} KiB"
    return f"{format_decimal(round(n_bytes / MIB, 1))} MiB"


def number(value: float | None, decimals: int = 5) -> str:
    """Return a score with a fixed number of decimals, so that columns align; a dash for none."""
    if value is None or not isfinite(value):
        return "–"
    if float(value).is_integer() and abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{decimals}f}"


def duration(seconds: float | None) -> str:
    """Return a measured time in seconds or milliseconds."""
    if seconds is None:
        return "–"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
