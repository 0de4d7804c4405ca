"""Pictures that organizers bring, sent so that nothing in them can act."""

from flask import Response, send_file

from web.context import runtime

PICTURE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


def send_picture(sha256: str, media_type: str) -> Response:
    """Send a stored picture that only some may see: no cache between keeps it."""
    answer = send_file(runtime().blobs.local_path(sha256), mimetype=media_type, etag=False, max_age=0)
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
