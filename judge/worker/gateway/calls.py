"""What is asked of a model and what it answers, and the name under which an answer is kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandboxes.errors import SandboxError

# `refused`: the model, or a filter before it, would not answer.
Ending = Literal["stop", "length", "refused"]


class GatewayFault(SandboxError):
    """The gateway could not answer: nobody's submission is to blame. Its text never holds a key."""


class PromptTooLong(Exception):
    """The model takes no prompt as long as this one."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request, as the gateway sends it.

    Attributes:
        gateway: by its name in the settings.
        model: as problems call it.
        messages: role and content of each.
        parameters: of sampling, and `max_tokens`.
    """

    gateway: str
    model: str
    messages: tuple[Mapping[str, str], ...]
    parameters: Mapping[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """Return what is sent, but for the name that the model has upstream."""
        return {"model": self.model, "messages": [dict(one) for one in self.messages], **self.parameters}

    @property
    def key(self) -> str:
        """Return the SHA-256 of all that decides the answer."""
        said = json.dumps([self.gateway, self.body], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A model's answer.

    Attributes:
        text: empty where it would not answer.
        ending: why it ended.
        prompt_tokens: as the service counted them.
        completion_tokens: likewise.
        latency_s: of the request that was answered.
    """

    text: str
    ending: Ending
    prompt_tokens: int
    completion_tokens: int
    latency_s: float

    @property
    def n_tokens(self) -> int:
        """Return all tokens."""
        return self.prompt_tokens + self.completion_tokens
