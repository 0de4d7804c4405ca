"""The blueprint all resources hang on, and what holds for each of its requests."""

import hashlib

from apiflask import APIBlueprint
from apiflask.exceptions import HTTPError
from flask import Response, request
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import BadRequest

from judge.clock import utc_now
from web.api.problems_json import answer, request_id
from web.context import settings
from web.extensions import limiter

MIB = 1024 * 1024
JSON_BYTES = 64 * 1024
MULTIPART_ALLOWANCE = 64 * 1024
UPLOAD_ENDPOINTS = frozenset({"api.create_submission"})
SECURITY_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made in the portal, under Settings.",
    }
}

blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="API")
blueprint.register_error_handler(HTTPError, answer)


def caller_key() -> str:
    """Return whom the rate limit counts: the token if there is one, else the address."""
    header = request.headers.get("Authorization", "")
    if not header:
        return str(get_remote_address())
    # The address stays part of it: made-up tokens must not be a way around the limit.
    return f"{get_remote_address()}:{hashlib.sha256(header.encode()).hexdigest()[:16]}"


limiter.limit("1200 per minute", key_func=caller_key)(blueprint)
limiter.limit(
    "60 per minute",
    key_func=get_remote_address,
    deduct_when=lambda response: response.status_code == 401,
)(blueprint)


@blueprint.before_request
def cap_request() -> None:
    """Cap the body before anything reads it: JSON is small, an upload as large as the site allows."""
    is_upload = request.endpoint in UPLOAD_ENDPOINTS
    upload_bytes = settings().max_upload_mib * MIB + MULTIPART_ALLOWANCE
    request.max_content_length = upload_bytes if is_upload else JSON_BYTES
    if request.method == "POST" and not is_upload:
        read_json_early()


def read_json_early() -> None:
    """Parse the JSON body once, here, because one nested a million deep ends the parser otherwise.

    Raises:
        BadRequest: it is not JSON.
    """
    try:
        request.get_json(force=True)
    except (RecursionError, UnicodeDecodeError) as error:
        raise BadRequest("The body is not JSON that can be read.") from error


@blueprint.after_request
def set_headers(response: Response) -> Response:
    """Add the headers scripts look for."""
    response.headers.setdefault("X-Request-ID", request_id())
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers.setdefault("Vary", "Accept-Language, Authorization")
    limit = limiter.current_limit
    if limit is not None:
        response.headers["RateLimit-Limit"] = str(limit.limit.amount)
        response.headers["RateLimit-Remaining"] = str(max(0, limit.remaining))
        response.headers["RateLimit-Reset"] = str(max(0, round(limit.reset_at - utc_now().timestamp())))
    return response
