"""Reads what a contestant of kind prompt hands in, and fills it in with the fields of a hidden row.

A prompt is data: a text, or a JSON or YAML mapping of `messages` and, where the problem lets it,
`parameters`. Nothing else is a key, so no submission can name a model, an address or a tool. The template
language is `{{field}}` alone: no expression, no condition; what was filled in is never looked at again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from problems.errors import PackageError, ProblemError
from problems.manifest import read_mapping
from problems.prompt_rules import PromptRules, Stop, Temperature, TopP

MAX_PROMPT_BYTES = 256 * 1024
ROLES = ("system", "user", "assistant")
_KEYS = ("messages", "parameters")
_MESSAGE_KEYS = ("role", "content")
_FIELD = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EXPECTED = {
    "temperature": "0 – 2", "top_p": "0 – 1", "max_tokens": "1 – {max_tokens}", "stop": "≤ 4 × ≤ 100",
}  # fmt: skip
_SHOWN = 80


class PromptFault(ProblemError):
    """A prompt that cannot be used: `code` is one of the judge's messages, `params` are its parameters."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message: who speaks (`system`, `user`, `assistant`), and a template."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a contestant handed in, checked.

    Attributes:
        messages: at least one; the last is the user's.
        parameters: those that were stated.
    """

    messages: tuple[ChatMessage, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def filled(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        """Return the messages of one request.

        Args:
            values: of every field that a template may name.
        """
        return [
            {"role": one.role, "content": _FIELD.sub(lambda found: values[found[1]], one.content)}
            for one in self.messages
        ]


def read_prompt(content: bytes, file_format: str, rules: PromptRules) -> Prompt:
    """Read a prompt strictly.

    Args:
        content: of the file.
        file_format: `text` is one message of the user's, `json` and `yaml` are mappings.
        rules: of the problem.

    Returns:
        The prompt.

    Raises:
        PromptFault: says what is wrong and where.
    """
    if len(content) > MAX_PROMPT_BYTES:
        raise PromptFault("prompt-too-large", limit_kib=MAX_PROMPT_BYTES // 1024)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptFault("prompt-not-utf8", line=content[: error.start].count(b"\n") + 1) from None
    if file_format == "text":
        said: Any = {"messages": [{"role": "user", "content": text}]}
    else:
        said = _read_json(text) if file_format == "json" else _read_yaml(text)
    if not isinstance(said, dict) or not isinstance(said.get("messages"), list) or not said["messages"]:
        raise PromptFault("prompt-shape")
    _refuse_strangers(said, _KEYS)
    messages = tuple(_message(one, at, rules) for at, one in enumerate(said["messages"], start=1))
    _check_whole(messages, rules)
    return Prompt(messages, _parameters(said.get("parameters", {}), rules))


def _check_whole(messages: tuple[ChatMessage, ...], rules: PromptRules) -> None:
    if len(messages) > rules.max_messages:
        raise PromptFault("prompt-too-many-messages", found=len(messages), limit=rules.max_messages)
    if messages[-1].role != "user":
        raise PromptFault("prompt-last-role", found=messages[-1].role)
    if not any(_FIELD.search(one.content) for one in messages):
        raise PromptFault("prompt-no-field", expected=_names(rules.fields))


def _read_json(text: str) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise PromptFault("prompt-key-twice", key=_shown(key))
            found[key] = value
        return found

    def no_number(word: str) -> NoReturn:
        raise PromptFault("prompt-not-json", line=text[: text.find(word)].count("\n") + 1)

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise PromptFault("prompt-not-json", line=error.lineno) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or nested without end
        raise PromptFault("prompt-not-json", line=1) from None


def _read_yaml(text: str) -> object:
    try:
        return read_mapping(text)
    except PackageError as error:
        raise PromptFault("prompt-not-yaml", line=error.findings[0].line) from None


def _message(said: object, at: int, rules: PromptRules) -> ChatMessage:
    if not isinstance(said, dict):
        raise PromptFault("prompt-message", item=at)
    _refuse_strangers(said, _MESSAGE_KEYS)
    role, content = said.get("role"), said.get("content")
    if not isinstance(role, str) or not isinstance(content, str) or not content.strip():
        raise PromptFault("prompt-message", item=at)
    if role not in ROLES:
        raise PromptFault("prompt-role", item=at, found=_shown(role), expected=", ".join(ROLES))
    if _UNSENDABLE.search(content):
        raise PromptFault("prompt-control", item=at)
    if unknown := sorted(set(_FIELD.findall(content)) - set(rules.fields)):
        raise PromptFault(
            "prompt-unknown-field", item=at, found=_names(unknown[:3]), expected=_names(rules.fields)
        )
    return ChatMessage(role, content)


def _parameters(said: object, rules: PromptRules) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise PromptFault("prompt-shape")
    found = {}
    for name, value in said.items():
        if name not in rules.settable:
            raise PromptFault(
                "prompt-parameter", parameter=_shown(name), expected=", ".join(rules.settable) or "–"
            )
        found[name] = _parameter(name, value, rules)
    return found


def _parameter(name: str, value: object, rules: PromptRules) -> object:
    limit = rules.parameters.max_tokens
    shapes: dict[str, TypeAdapter[Any]] = {
        "temperature": TypeAdapter(Temperature), "top_p": TypeAdapter(TopP), "stop": TypeAdapter(Stop),
    }  # fmt: skip
    if name == "max_tokens":
        is_right = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= limit
    else:
        try:
            value = shapes[name].validate_python(value, strict=name != "stop")
            is_right = True
        except ValidationError:
            is_right = False
    if not is_right:
        expected = _EXPECTED[name].format(max_tokens=limit)
        raise PromptFault(
            "prompt-parameter-value", parameter=name, found=_shown(str(value)), expected=expected
        )
    return value


def _refuse_strangers(said: Mapping[Any, object], known: tuple[str, ...]) -> None:
    strangers = [key for key in said if key not in known]
    if strangers:
        raise PromptFault("prompt-key", key=_shown(str(strangers[0])), expected=", ".join(known))


def _names(fields: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in fields)


def _shown(text: str) -> str:
    return ascii(text[:_SHOWN])[1:-1] if _UNSENDABLE.search(text) else text[:_SHOWN]
