"""Turns errors into pages in the reader's language; scripts of a page get the same as JSON.

Paths below `/api/` get what the API registered as `app.extensions["judge.api_problem"]`: a function
from the exception to a response.
"""

import logging
from dataclasses import dataclass

from flask import Flask, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from judge.errors import JudgeError, Unauthenticated
from web.i18n import error_text, field_texts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """Title and advice of an error page."""

    title: object
    advice: object


WORDS = {
    400: Words(
        lazy_gettext("That request was not understood"), lazy_gettext("Go back, reload, and try again.")
    ),
    403: Words(
        lazy_gettext("You may not do that"), lazy_gettext("Ask an organizer if you think you should.")
    ),
    404: Words(
        lazy_gettext("There is nothing here"),
        lazy_gettext("The address may be mistyped, or the page is not meant for this account."),
    ),
    405: Words(
        lazy_gettext("That does not work here"),
        lazy_gettext("This page cannot be called that way. Go back and use its buttons."),
    ),
    413: Words(
        lazy_gettext("That is too large"),
        lazy_gettext("The file or text is larger than allowed here. The limit is written at the form."),
    ),
    429: Words(lazy_gettext("Too many requests"), lazy_gettext("Wait a moment before you try again.")),
    500: Words(
        lazy_gettext("Something went wrong on our side"),
        lazy_gettext("It has been logged. Your submissions are safe. Try again in a moment."),
    ),
}


def configure(app: Flask) -> None:
    """Register one handler per kind of error."""
    app.register_error_handler(JudgeError, on_judge_error)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)


def on_judge_error(error: JudgeError) -> ResponseReturnValue:
    """Say what the domain refused. Whoever is not signed in is led to the sign-in form."""
    if is_api():
        return api_answer(error)
    if error.status >= 500:
        logger.error("request-failed", exc_info=error, extra={"path": request.path})
    if wants_json():
        return jsonify(code=error.code, message=error_text(error), fields=field_texts(error)), error.status
    if isinstance(error, Unauthenticated) and request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return error_page(error.status, error_text(error))


def on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Say that the form went stale: the only way an honest person meets this."""
    if is_api():
        return api_answer(error)
    message = gettext("This form is out of date. Reload the page and send it again.")
    if wants_json():
        return jsonify(code="form-out-of-date", message=message, fields={}), 400
    return error_page(400, message)


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Say what Flask or Werkzeug refused."""
    if is_api():
        return api_answer(error)
    status = error.code or 500
    if status < 400:
        return error  # a redirect raised as an exception
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    if wants_json():
        return jsonify(code=f"http-{status}", message=str(words.advice), fields={}), status
    answer = error_page(status)
    allowed = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return *answer, allowed


def on_crash(error: Exception) -> ResponseReturnValue:
    """Log what nobody expected, and show nothing of it."""
    logger.error("request-crashed", exc_info=error, extra={"path": request.path})
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return on_http_error(InternalServerError(original_exception=error))


def error_page(status: int, message: str = "") -> tuple[str, int]:
    """Render an error as a page of the product."""
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    return render_template("errors/error.html", status=status, words=words, message=message), status


def is_api() -> bool:
    """Whether this request is for the REST API."""
    return request.path.startswith("/api/") and "judge.api_problem" in current_app.extensions


def api_answer(error: Exception) -> ResponseReturnValue:
    """Return the API's own form of an error."""
    answer: ResponseReturnValue = current_app.extensions["judge.api_problem"](error)
    return answer


def wants_json() -> bool:
    """Whether a script of ours asks, rather than somebody's address bar."""
    accept = request.accept_mimetypes
    return accept.best_match(["text/html", "application/json"]) == "application/json"
