"""Requests that survive a flaky network: retries with backoff, and errors as types.

Retried: no connection, a broken answer, 502, 503, 504, and 429 of the rate limiter (not of the quota:
that will not change by asking again). A request that is not safe to repeat carries an Idempotency-Key,
so the server answers a repetition with the first result.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from judge.client.errors import ApiError, AuthFailed, Refused, ServerUnavailable

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
RETRIED_STATUS = frozenset({502, 503, 504})
RATE_LIMITED = "rate-limited"


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and how patiently to try.

    Attributes:
        attempts: how many in all.
        sleep: waits so many seconds; tests pass their own.
    """

    attempts: int = 5
    sleep: Callable[[float], None] = time.sleep

    def pause_s(self, attempt: int, asked_s: float | None) -> float:
        """Return the pause after attempt number `attempt` (from 0); the server's wish wins."""
        wanted = asked_s if asked_s is not None else FIRST_PAUSE_S * 2**attempt
        return min(wanted, LONGEST_PAUSE_S)


def send(
    http: httpx.Client,
    build: Callable[[], httpx.Request],
    retrying: Retrying,
    *,
    stream: bool = False,
) -> httpx.Response:
    """Send what `build` makes, anew for each attempt, and return the successful answer.

    Args:
        http: the connection pool.
        build: makes the request; called once per attempt because a body can be read only once.
        retrying: how often.
        stream: leave the body of a success unread.

    Raises:
        ServerUnavailable: no answer, or a failing server, after all attempts.
        AuthFailed: 401.
        Refused: another 4xx.
    """
    trouble = ""
    for attempt in range(retrying.attempts):
        asked_s: float | None = None
        try:
            response = http.send(build(), stream=stream)
        except httpx.TransportError as error:
            trouble = f"{type(error).__name__}: {error}".rstrip(": ")
        else:
            if response.is_success:
                return response
            trouble, asked_s = _judge_failure(response)
        if attempt + 1 < retrying.attempts:
            retrying.sleep(retrying.pause_s(attempt, asked_s))
    raise ServerUnavailable(f"{http.base_url} does not answer ({trouble})")


def _judge_failure(response: httpx.Response) -> tuple[str, float | None]:
    """Return (what happened, pause asked for) if trying again may help; raise otherwise."""
    try:
        response.read()
    except httpx.TransportError as broken:
        return f"{type(broken).__name__}: {broken}", None
    finally:
        response.close()
    error = as_error(response)
    if response.status_code in RETRIED_STATUS or (response.status_code == 429 and error.code == RATE_LIMITED):
        return f"HTTP {response.status_code}", retry_after_s(response.headers)
    if response.status_code >= 500:
        raise ServerUnavailable(f"the server failed: {error}" + _quote(error.request_id))
    raise error


def _quote(request_id: str) -> str:
    return f" (request {request_id})" if request_id else ""


def as_error(response: httpx.Response) -> ApiError:
    """Return the answer as an error; one that is not problem+json still gives a sensible one."""
    kind = AuthFailed if response.status_code == 401 else Refused
    body = _body(response)
    if response.is_redirect:
        place = response.headers.get("Location", "elsewhere")
        return kind(response.status_code, "redirected", f"The judge has moved to {place}: use that address.")
    if not body:
        detail = f"HTTP {response.status_code} {response.reason_phrase}, which is not an answer of a judge."
        return kind(response.status_code, f"http-{response.status_code}", detail)
    fields = [
        (str(item.get("field", "")), str(item.get("message", "")))
        for item in body.get("errors") or ()
        if isinstance(item, Mapping)
    ]
    params = body.get("params")
    return kind(
        response.status_code,
        str(body.get("code") or f"http-{response.status_code}"),
        str(body.get("detail") or body.get("title") or ""),
        params=params if isinstance(params, Mapping) else None,
        errors=fields,
        request_id=str(body.get("request_id") or ""),
    )


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the pause a `Retry-After` header asks for, in seconds; None without one."""
    text = headers.get("Retry-After", "")
    try:
        return max(0.0, float(int(text)))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
