"""Languages: which one a request gets, and the domain's messages in it.

The domain speaks English templates with `{placeholders}`; they are the message ids of the
catalogue, so this is the one place where a template meets a language and its parameters.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, request
from flask_babel import format_datetime, get_locale, gettext

from judge.errors import JudgeError
from judge.messages import KINDS
from web.context import settings, viewer
from web.extensions import babel

LANGUAGES = {"zh": "中文", "en": "English"}
HTML_LANG = {"zh": "zh-CN", "en": "en"}
COOKIE = "judge_language"
CATALOGS = Path(__file__).parent / "translations"


def configure(app: Flask) -> None:
    """Compile catalogues where needed and let Flask-Babel choose by `select_language`."""
    compile_catalogs()
    babel.init_app(
        app,
        default_locale="en",
        default_timezone="UTC",
        default_translation_directories=str(CATALOGS),
        locale_selector=select_language,
    )

    @app.context_processor
    def offer_languages() -> dict[str, object]:
        current = language()
        return {"language": current, "html_lang": HTML_LANG[current], "languages": LANGUAGES}


def compile_catalogs() -> list[Path]:
    """Compile every `.po` whose `.mo` is absent or older.

    Returns:
        The files written; empty when all were fresh. A folder that cannot be written (an installed
        wheel, which carries its `.mo`) is left as it is.
    """
    written = []
    for source in sorted(CATALOGS.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as stream:
            catalog = read_po(stream, locale=source.parts[-3])
        # Two processes may start at once: each writes a draft of its own, and nobody sees half a file.
        draft = target.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            with draft.open("wb") as stream:
                write_mo(stream, catalog)
            draft.replace(target)
        except PermissionError:
            continue
        written.append(target)
    return written


def select_language() -> str:
    """Return the language of this request: person's setting, switch, browser, site."""
    user = viewer()
    if user and user.language in LANGUAGES:
        return str(user.language)
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or settings().default_language


def language() -> str:
    """Return the language in force, `zh` or `en`."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "en"


def localised(texts: Mapping[str, str] | None) -> str:
    """Return the text in the language in force, or in any other when that is missing."""
    if not texts:
        return ""
    return texts.get(language()) or texts.get("en") or next(iter(texts.values()), "")


def fill(template: str, params: Mapping[str, object]) -> str:
    """Return a template translated and filled in.

    Args:
        template: English message id with `{placeholders}`.
        params: their values; instants become local text. A placeholder without a value stays as it is.
    """
    translated = gettext(template) if template else ""
    try:
        return translated.format(**{name: present_value(name, value) for name, value in params.items()})
    except (KeyError, IndexError, ValueError):
        return translated


def present_value(name: str, value: object) -> object:
    """Return a parameter as people read it.

    Args:
        name: one that ends in `_at` holds an instant in ISO 8601, one in `_kind` a word of `KINDS`.
        value: of the parameter.
    """
    if name.endswith("_kind") and isinstance(value, str):
        return gettext(KINDS[value]) if value in KINDS else value
    if name.endswith("_at") and isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return f"{format_datetime(value, 'yyyy-MM-dd HH:mm')} UTC"
    return value


def error_text(error: JudgeError) -> str:
    """Return what a domain error says, in the language in force."""
    return fill(error.public_message, error.params)


def field_texts(error: JudgeError) -> dict[str, str]:
    """Return what a domain error says of single fields, in the language in force."""
    return {name: fill(template, error.params) for name, template in error.fields.items()}
