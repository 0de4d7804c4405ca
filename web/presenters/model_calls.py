"""Requests to a model, as organizers see them on the page of a submission."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from judge.models import ModelCall


@dataclass(frozen=True, slots=True)
class CallRow:
    """One request to a model, for organizers: what was asked, said and used."""

    record: str
    key: str
    asked: str
    said: str
    ending: object
    tokens: str
    latency: str


def present_calls(calls: Sequence[ModelCall]) -> list[CallRow]:
    """Return the requests of a judgement as rows."""
    endings = {"stop": "", "length": gettext("cut off"), "refused": gettext("refused")}
    return [
        CallRow(
            record=call.record,
            key=call.answer.key[:12],
            asked="\n\n".join(f"{one['role']}: {one['content']}" for one in call.answer.request["messages"]),
            said=call.answer.text,
            ending=endings[call.answer.ending],
            tokens=f"{call.answer.prompt_tokens:,} + {call.answer.completion_tokens:,}",
            latency=gettext("kept answer") if call.is_cached else f"{call.answer.latency_s:.2f} s",
        )
        for call in calls
    ]
