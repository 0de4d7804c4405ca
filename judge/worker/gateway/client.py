"""Speaks the OpenAI protocol's chat completions, and nothing else of it.

| what happens | whose fault |
|---|---|
| 400, 413, 422 that say the context is too long | the prompt's: `PromptTooLong` |
| 400 that says a filter refused | nobody's: an empty answer |
| other 4xx: wrong key, unknown model, unknown parameter | the settings': `GatewayFault`, not retried |
| 408, 409, 425, 429, 5xx, no connection, no answer in time, garbage | the service's: tried again first |
"""

import json
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import structlog
from pydantic import BaseModel, Field, ValidationError

from judge.gateways import GatewayTerms
from judge.worker.gateway.calls import Ending, GatewayFault, ModelReply, ModelRequest, PromptTooLong

logger = structlog.get_logger(__name__)

MAX_REPLY_BYTES = 4 * 1024 * 1024
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
_BUSY = frozenset({408, 409, 425, 429})
_UNFIT = frozenset({400, 413, 422})
_TOO_LONG = ("context_length", "exceed_context", "context size", "context length", "too many tokens")
_FILTERED = ("content_filter", "content_policy", "content management policy")

Tokens = Annotated[int, Field(ge=0, le=100_000_000)]


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: Tokens
    completion_tokens: Tokens = 0


class _Completion(BaseModel):
    """The part of an answer that is looked at; unknown keys are the service's own affair."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage


class _Busy(Exception):
    """Worth another try, after a pause of so many seconds at least."""

    def __init__(self, reason: str, pause_s: float = 0.0) -> None:
        super().__init__(reason)
        self.pause_s = pause_s


class GatewayClient:
    """Asks one gateway.

    Args:
        name: in the settings.
        terms: address, key, models, limits.
    """

    def __init__(self, name: str, terms: GatewayTerms) -> None:
        self._name = name
        self._terms = terms
        key = terms.key.get_secret_value()
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(terms.timeout_s, connect=min(terms.timeout_s, 10.0)),
            limits=httpx.Limits(max_connections=terms.n_at_once),
            follow_redirects=False,
        )

    def ask(self, request: ModelRequest, *, deadline_s: float, pause: Callable[[float], None]) -> ModelReply:
        """Put one request to the model; what is worth it is tried again.

        Args:
            request: what is asked.
            deadline_s: on the monotonic clock; no try begins after it.
            pause: waits between tries; raises when the work was called off.

        Raises:
            PromptTooLong: the model takes no such prompt.
            GatewayFault: there is no answer to be had.
        """
        body = {**request.body, "model": self._terms.upstream(request.model), "stream": False}
        reason = "no time was left"
        for attempt in range(self._terms.n_tries):
            if time.monotonic() >= deadline_s:
                break
            try:
                return self._try(body)
            except _Busy as busy:
                reason = str(busy)
                logger.warning("gateway_busy", gateway=self._name, attempt=attempt + 1, reason=reason)
                wait_s = max(busy.pause_s, FIRST_PAUSE_S * 2**attempt)
            left_s = deadline_s - time.monotonic()
            if attempt + 1 < self._terms.n_tries and left_s > 0:
                pause(min(wait_s, LONGEST_PAUSE_S, left_s))
        raise GatewayFault(f"gateway {self._name}: {reason}")

    def close(self) -> None:
        """Give back connections."""
        self._http.close()

    def _try(self, body: dict[str, Any]) -> ModelReply:
        started = time.perf_counter()
        try:
            with self._http.stream("POST", f"{self._terms.url}/chat/completions", json=body) as response:
                status, pause_s = response.status_code, _pause_of(response)
                raw = _read(response)
        except httpx.HTTPError as error:
            raise _Busy(f"{type(error).__name__}: {error}"[:300]) from None
        if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Busy(f"status {status}", pause_s)
        if status in _UNFIT:
            return self._unfit(status, raw)
        if status != HTTPStatus.OK:
            raise GatewayFault(f"gateway {self._name}: status {status}", is_retryable=False)
        return _reply(raw, time.perf_counter() - started)

    def _unfit(self, status: int, raw: bytes) -> ModelReply:
        """Return an empty answer for what a filter refused."""
        said = raw.decode("utf-8", "replace").lower()
        if any(word in said for word in _FILTERED):
            return ModelReply("", "refused", 0, 0, 0.0)
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or any(word in said for word in _TOO_LONG):
            raise PromptTooLong
        raise GatewayFault(f"gateway {self._name}: status {status}: {said[:300]}", is_retryable=False)


def _read(response: httpx.Response) -> bytes:
    found = bytearray()
    for chunk in response.iter_bytes():
        found += chunk
        if len(found) > MAX_REPLY_BYTES:
            raise _Busy(f"an answer of more than {MAX_REPLY_BYTES // 1024} KiB")
    return bytes(found)


def _pause_of(response: httpx.Response) -> float:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdecimal() and len(said) < 7 else 0.0


def _reply(raw: bytes, latency_s: float) -> ModelReply:
    try:
        said = _Completion.model_validate(json.loads(raw))
    except (ValidationError, ValueError, RecursionError) as error:
        raise _Busy(f"no chat completion with its usage: {type(error).__name__}") from None
    choice = said.choices[0]
    text = choice.message.content or ""
    ending: Ending = "length" if choice.finish_reason == "length" else "stop"
    if choice.finish_reason == "content_filter" or (choice.message.refusal and not text):
        text, ending = "", "refused"
    return ModelReply(text, ending, said.usage.prompt_tokens, said.usage.completion_tokens, latency_s)
