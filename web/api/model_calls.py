"""The audit of a submission of kind prompt, as the API shows it to organizers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from judge.models import ModelCall
from web.api.schema_base import JsonObject, Out


class ModelCallOut(Out):
    """One request to a model. `is_cached`: the answer was known already, and cost nothing."""

    record: str
    request_sha256: str
    model: str
    request: JsonObject
    answer: str
    ending: Annotated[str, Field(description="stop, length or refused")]
    prompt_tokens: int
    completion_tokens: int
    latency_s: Annotated[float, Field(description="of the request that was really made")]
    is_cached: bool
    asked_at: datetime


class ModelCallsOut(Out):
    """Requests of a submission's judgement, in order; the first 500."""

    items: list[ModelCallOut]


def present_calls(calls: Sequence[ModelCall]) -> ModelCallsOut:
    """Return the requests of a judgement, for its organizers."""
    items = [
        ModelCallOut(
            record=call.record,
            request_sha256=call.answer.key,
            model=call.answer.model,
            request=call.answer.request,
            answer=call.answer.text,
            ending=call.answer.ending,
            prompt_tokens=call.answer.prompt_tokens,
            completion_tokens=call.answer.completion_tokens,
            latency_s=call.answer.latency_s,
            is_cached=call.is_cached,
            asked_at=call.answer.created_at,
        )
        for call in calls
    ]
    return ModelCallsOut(items=items)
