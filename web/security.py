"""Headers of every answer, and how large a request may be before anything of it is read."""

from flask import Flask, Request, Response, request

from judge.errors import JudgeError
from web.context import runtime, settings, viewer

MIB = 1024 * 1024
FORM_BYTES = 256 * 1024  # every form but an upload
UPLOAD_ENDPOINT = "submissions.submit"
UPLOAD_ALLOWANCE = 64 * 1024  # the other fields and the multipart frame

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's own icons are data: images in its style sheet
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


def configure(app: Flask) -> None:
    """Cap requests before anything reads them, and set the headers after everything."""
    app.before_request(cap_request)
    app.after_request(set_headers)


def cap_request() -> None:
    """Set the cap of this request's body: forms are small, an upload is as large as its problem allows."""
    if request.path.startswith("/api/"):
        return  # the API streams and caps by itself
    request.max_content_length = upload_cap(request) if request.endpoint == UPLOAD_ENDPOINT else FORM_BYTES


def upload_cap(incoming: Request) -> int:
    """Return how many bytes an upload may have: little for guests, the problem's cap for the rest."""
    from judge.services import problems
    from web.access import account_in

    if viewer() is None:
        return FORM_BYTES
    slug = str((incoming.view_args or {}).get("slug", ""))
    try:
        with runtime().database.read() as session:
            problem = problems.get_problem(session, slug, viewer=account_in(session))
            version = problem.current_version
            max_mib = float(version.spec["submission"]["max_mib"]) if version else 0.0
    except JudgeError:
        return FORM_BYTES  # the view says what is wrong
    return min(int(max_mib * MIB), settings().max_upload_mib * MIB) + UPLOAD_ALLOWANCE


def set_headers(response: Response) -> Response:
    """Add the headers that make a browser refuse what we never send."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    if settings().is_https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if viewer() is not None and request.endpoint not in ("static", "bootstrap.static"):
        headers.setdefault("Cache-Control", "private, no-store")
    return response
