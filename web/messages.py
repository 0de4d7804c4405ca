"""Lines of judgements in the reader's language.

A judgement stores codes and parameters; the English templates live with the scorer's catalogue and
the domain's own, and are the ids of the translations.
"""

from collections.abc import Mapping

from flask_babel import gettext

from judge.messages import CATALOGUE, NO_INTERVAL, REASONS
from web.i18n import fill


def message_text(message: Mapping[str, object]) -> str:
    """Return a stored message as a sentence.

    Args:
        message: `code` of a catalogue and its `params`.
    """
    code = str(message.get("code", ""))
    params = message.get("params")
    template = CATALOGUE.get(code)
    if template is None:
        return str(gettext("The judge left a note with the code %(code)s.", code=code))
    return fill(template, params if isinstance(params, Mapping) else {})


def reason_text(code: str) -> str:
    """Return why a metric has no value, as a sentence; "" when it has one."""
    return str(gettext(REASONS[code])) if code in REASONS else code


def no_interval_text(code: str) -> str:
    """Return why a value has no confidence interval, as a sentence; "" when it has one."""
    return str(gettext(NO_INTERVAL[code])) if code in NO_INTERVAL else code
