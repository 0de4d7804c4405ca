"""Gateways as an administrator describes them: the only ways out of the judge to a model.

A problem names a gateway and a model of it. Address and key are in the settings alone; neither ever goes
into a package, a receipt, a log or a sandbox.

    [gateways.lab]
    url = "https://models.example.org/v1"
    key = "…"
    models.qwen-small = {input_price = 0.5, output_price = 1.5}
"""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, SecretStr, field_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,48}[a-z0-9])?$")]
ModelName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Price = Annotated[FiniteFloat, Field(ge=0)]


class ModelTerms(BaseModel):
    """What a model is called upstream, and what it costs.

    Attributes:
        name: upstream; the same as here when empty. Another model deserves another name here: answers are
            kept under the name that problems use.
        input_price: of a million tokens of prompts, in any currency.
        output_price: of a million tokens of answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    input_price: Price = 0.0
    output_price: Price = 0.0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return what so many tokens cost."""
        return (prompt_tokens * self.input_price + completion_tokens * self.output_price) / 1e6


class GatewayTerms(BaseModel):
    """An OpenAI-compatible service.

    Attributes:
        url: of its API, without `/chat/completions`.
        key: sent as bearer token; none when empty.
        models: those that problems may name.
        n_at_once: requests at one time of each worker process.
        timeout_s: for one answer.
        n_tries: of one request, when the service is busy or away.
        tokens_per_day: of all submissions together, from midnight UTC; 0 for no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    key: SecretStr = SecretStr("")
    models: Annotated[dict[ModelName, ModelTerms], Field(min_length=1)]
    n_at_once: Annotated[int, Field(ge=1, le=256)] = 4
    timeout_s: Annotated[FiniteFloat, Field(gt=0, le=3600)] = 60.0
    n_tries: Annotated[int, Field(ge=1, le=20)] = 5
    tokens_per_day: Annotated[int, Field(ge=0)] = 0

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("write http(s)://host[:port]/path, such as https://models.example.org/v1")
        if parts.username is not None or parts.password is not None:
            raise ValueError("a key belongs into `key`, not into the address")
        return url.rstrip("/")

    def upstream(self, model: str) -> str:
        """Return what the service calls a model of this gateway."""
        return self.models[model].name or model


Gateways = Mapping[str, GatewayTerms]
