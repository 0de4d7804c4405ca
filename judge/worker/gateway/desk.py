"""Answers requests to models: from what is kept, else through the gateway, a few at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from judge.clock import utc_now
from judge.gateways import Gateways, GatewayTerms
from judge.worker.gateway.calls import GatewayFault, ModelReply, ModelRequest
from judge.worker.gateway.client import GatewayClient
from judge.worker.gateway.stores import AnswerStore


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and whether it was known already."""

    reply: ModelReply
    is_cached: bool


@dataclass(slots=True)
class Desk:
    """What a process needs to ask models. Thread-safe.

    Attributes:
        gateways: as the settings describe them.
        answers: kept ones.
    """

    gateways: Gateways
    answers: AnswerStore
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _clients: dict[str, GatewayClient] = field(default_factory=dict)
    _turns: dict[str, threading.BoundedSemaphore] = field(default_factory=dict)

    def n_at_once(self, gateway: str) -> int:
        """Return how many requests may be under way at one time."""
        terms = self.gateways.get(gateway)
        return terms.n_at_once if terms else 1

    def answer(self, request: ModelRequest, *, deadline_s: float, pause: Callable[[float], None]) -> Answered:
        """Return the answer to a request.

        Args:
            request: what is asked.
            deadline_s: on the monotonic clock.
            pause: waits; raises when the work was called off.

        Raises:
            PromptTooLong: the model takes no such prompt.
            GatewayFault: there is no answer to be had: not kept, and the gateway is unknown, spent or away.
        """
        known = self.answers.find(request.key)
        if known is not None:
            return Answered(known, is_cached=True)
        client, turn = self._client(request)
        self._check_day(request.gateway)
        with turn:
            reply = client.ask(request, deadline_s=deadline_s, pause=pause)
        return Answered(self.answers.keep(request, reply), is_cached=False)

    def close(self) -> None:
        """Give back connections."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def _client(self, request: ModelRequest) -> tuple[GatewayClient, threading.BoundedSemaphore]:
        terms = find_terms(self.gateways, request.gateway, request.model)
        with self._lock:
            if request.gateway not in self._clients:
                self._clients[request.gateway] = GatewayClient(request.gateway, terms)
                self._turns[request.gateway] = threading.BoundedSemaphore(terms.n_at_once)
            return self._clients[request.gateway], self._turns[request.gateway]

    def _check_day(self, gateway: str) -> None:
        limit = self.gateways[gateway].tokens_per_day
        if not limit:
            return
        midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
        if self.answers.spent_tokens(gateway, midnight) >= limit:
            message = f"gateway {gateway}: today's {limit} tokens are spent"
            raise GatewayFault(message, is_retryable=False)


def find_terms(gateways: Gateways, gateway: str, model: str) -> GatewayTerms:
    """Return the terms of a gateway that has a model.

    Raises:
        GatewayFault: it is not configured here, or has no such model.
    """
    terms = gateways.get(gateway)
    if terms is None:
        message = f"gateway {gateway} is not configured: add it to JUDGE_GATEWAYS or judge.toml"
        raise GatewayFault(message, is_retryable=False)
    if model not in terms.models:
        has = ", ".join(terms.models)
        raise GatewayFault(f"gateway {gateway} has no model {model}; it has {has}", is_retryable=False)
    return terms
