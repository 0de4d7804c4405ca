"""Kind prompt, as `problem.yaml` states it: which model is asked, and how much of it a submission may use."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, field_validator

from problems.fields import FilePath, Identifier, Line, Many, Name, Section

ParameterName = Literal["temperature", "top_p", "max_tokens", "stop"]
Temperature = Annotated[FiniteFloat, Field(ge=0, le=2)]
TopP = Annotated[FiniteFloat, Field(gt=0, le=1)]
Stop = Annotated[Many[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=4)]


class PromptParameters(Section):
    """What is sent with each request, unless a submission may and does say otherwise.

    Attributes:
        temperature: 0 takes the likeliest token each time.
        top_p: share of probability that is sampled from.
        max_tokens: of each answer; a submission may only lower it.
        stop: texts that end an answer.
        seed: sent where given; models may or may not heed it.
    """

    temperature: Temperature = 0.0
    top_p: TopP | None = None
    max_tokens: Annotated[int, Field(ge=1, le=32_768)] = 256
    stop: Stop = ()
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class PromptBudget(Section):
    """What one submission may use, whether the model is asked or its answers are known already.

    Attributes:
        tokens: of all prompts and answers together.
        prompt_tokens: of any one prompt.
        requests: one for each hidden row.
    """

    tokens: Annotated[int, Field(ge=1, le=1_000_000_000)]
    prompt_tokens: Annotated[int, Field(ge=1, le=10_000_000)]
    requests: Annotated[int, Field(ge=1, le=100_000)]


class PromptRules(Section):
    """Kind prompt: a template that is filled in with each hidden row and put to the organizer's model.

    Attributes:
        gateway: name of a gateway that the judge's settings describe.
        model: as that gateway calls it.
        inputs: JSONL below hidden/inputs, one object for each request.
        id_field: of a row; the scorer gets the answer under this id.
        fields: of a row that a template may name; no other is ever sent.
        parameters: of each request.
        settable: parameters that a submission may state itself.
        budget: see `PromptBudget`.
        max_messages: of a template.
        total_s: longest that judging waits for the model; a fault of the gateway, not of the submission.
    """

    gateway: Name
    model: Line
    inputs: FilePath = "inputs.jsonl"
    id_field: Identifier = "id"
    fields: Annotated[Many[Identifier], Field(min_length=1, max_length=50)]
    parameters: PromptParameters = PromptParameters()
    settable: Many[ParameterName] = ()
    budget: PromptBudget
    max_messages: Annotated[int, Field(ge=1, le=200)] = 20
    total_s: Annotated[FiniteFloat, Field(gt=0, le=86_400)] = 600.0

    @field_validator("fields")
    @classmethod
    def _fields_are_told_apart(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(fields)) != len(fields):
            raise ValueError("a field is named twice")
        return fields
