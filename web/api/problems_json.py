"""Every error below `/api/` as RFC 9457 has it: `application/problem+json` with a stable code.

The codes of the domain (`judge.errors`) pass through. What Flask and Werkzeug refuse gets a code here.
Texts are in the language the request asked for; nothing of an unexpected error is told.
"""

import json
import logging
import math
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from apiflask.exceptions import HTTPError
from flask import Response, g, request
from flask_babel import gettext, lazy_gettext
from flask_limiter import RateLimitExceeded
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from judge.clock import utc_now
from judge.errors import JudgeError, QuotaExceeded
from web.i18n import error_text, field_texts

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
LONGEST_RETRY_S = 24 * 3600
DOCS = "/api/docs"

HTTP_CODES: dict[int, tuple[str, object]] = {
    400: ("bad-request", lazy_gettext("The request cannot be understood.")),
    401: ("unauthenticated", lazy_gettext("Sign in, or send a valid token.")),
    403: ("permission-denied", lazy_gettext("You may not do that.")),
    404: ("not-found", lazy_gettext("There is nothing here by that name.")),
    405: ("method-not-allowed", lazy_gettext("This address does not take that method.")),
    408: ("request-timeout", lazy_gettext("The request took too long to arrive.")),
    413: ("payload-too-large", lazy_gettext("The request is larger than this address takes.")),
    415: (
        "unsupported-media-type",
        lazy_gettext("Send the file as multipart/form-data, or as application/octet-stream with ?filename=."),
    ),
    422: ("invalid-input", lazy_gettext("Some of what you sent is not valid.")),
    429: ("rate-limited", lazy_gettext("Too many requests. Wait a moment before you try again.")),
    500: ("internal-error", lazy_gettext("Something went wrong on our side. It has been logged.")),
}
FIELD_TEXTS = {
    "missing": lazy_gettext("This is required."),
    "extra_forbidden": lazy_gettext("There is no such parameter."),
    "int_parsing": lazy_gettext("This must be a whole number."),
    "int_type": lazy_gettext("This must be a whole number."),
    "int_parsing_size": lazy_gettext("This number is too large."),
    "int_from_float": lazy_gettext("This must be a whole number."),
    "literal_error": lazy_gettext("This must be one of: %(expected)s."),
    "greater_than_equal": lazy_gettext("This must be at least %(ge)s."),
    "less_than_equal": lazy_gettext("This must be at most %(le)s."),
    "string_too_long": lazy_gettext("Use at most %(max_length)s characters."),
    "string_pattern_mismatch": lazy_gettext("This has characters that are not allowed here."),
    "string_type": lazy_gettext("This must be text."),
    "model_type": lazy_gettext("This must be a JSON object."),
}

Fields = Sequence[Mapping[str, str]]


def answer(error: Exception) -> Response:
    """Return any error as problem+json, in the language asked for."""
    if isinstance(error, JudgeError):
        return _of_judge_error(error)
    if isinstance(error, RateLimitExceeded):
        return problem(429, headers=_safe_headers(error))
    if isinstance(error, HTTPError):
        return problem(error.status_code, fields=_fields_of(error))
    if isinstance(error, HTTPException):
        if error.code is not None and error.code < 400:
            return Response(error.get_body(), error.code, error.get_headers())
        return problem(error.code or 500, headers=_safe_headers(error))
    logger.error("request-crashed", exc_info=error, extra={"path": request.path, "request_id": request_id()})
    return problem(500)


def problem(
    status: int,
    *,
    code: str = "",
    detail: str = "",
    params: Mapping[str, object] | None = None,
    fields: Fields = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem+json response.

    Args:
        status: HTTP status.
        code: stable; that of the status when empty.
        detail: sentence for people; that of the status when empty.
        params: the values the sentence is about.
        fields: `{field, message}` of each wrong field.
        headers: further headers.
    """
    known_code, known_text = HTTP_CODES.get(status) or HTTP_CODES[500 if status >= 500 else 400]
    body: dict[str, object] = {
        "type": f"{DOCS}#{code or known_code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or str(known_text),
        "code": code or known_code,
        "params": {name: _plain(value) for name, value in (params or {}).items()},
        "errors": list(fields),
        "instance": request.path,
        "request_id": request_id(),
    }
    response = Response(
        json.dumps(body, ensure_ascii=False, allow_nan=False), status, content_type=CONTENT_TYPE
    )
    response.headers.update(dict(headers or {}))
    response.headers["X-Request-ID"] = request_id()
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="OpenModels Judge"'
    return response


def _of_judge_error(error: JudgeError) -> Response:
    if error.status >= 500:
        logger.error("request-failed", exc_info=error, extra={"request_id": request_id()})
        return problem(error.status, code=error.code)
    headers = {}
    if isinstance(error, QuotaExceeded):
        pause_s = _seconds_until(error.params.get("renews_at"))
        if pause_s is not None:
            headers["Retry-After"] = str(pause_s)
    fields = [{"field": name, "message": text} for name, text in field_texts(error).items()]
    return problem(
        error.status,
        code=error.code,
        detail=error_text(error),
        params=error.params,
        fields=fields,
        headers=headers,
    )


def _seconds_until(instant: object) -> int | None:
    try:
        renews_at = datetime.fromisoformat(str(instant))
    except ValueError:
        return None
    if renews_at.tzinfo is None:
        return None
    pause_s = int((renews_at - utc_now()).total_seconds()) + 1
    return max(1, min(pause_s, LONGEST_RETRY_S))


def _fields_of(error: HTTPError) -> list[dict[str, str]]:
    cause = error.__cause__
    return validation_fields(cause) if isinstance(cause, ValidationError) else []


def validation_fields(error: ValidationError) -> list[dict[str, str]]:
    """Return `{field, message}` of each wrong field, in the language asked for."""
    return [
        {"field": ".".join(str(part) for part in item["loc"])[:100], "message": _field_text(dict(item))}
        for item in error.errors(include_url=False, include_input=False)[:20]
    ]


def _field_text(item: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, without echoing what was sent."""
    text = FIELD_TEXTS.get(str(item["type"]))
    if text is None:
        return str(gettext("This value is not valid."))
    values = {name: str(value) for name, value in (item.get("ctx") or {}).items()}
    return str(text) % values


def _safe_headers(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def request_id() -> str:
    """Return the id of this request, under which the log has it."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
    return str(g.request_id)
