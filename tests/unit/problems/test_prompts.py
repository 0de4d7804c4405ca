"""Prompts are data, read strictly; a template is filled in once and holds no logic; the section is linted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from problems.lint import lint
from problems.loader import load
from problems.prompt_rows import PromptRow, RowFault, read_rows
from problems.prompt_rules import PromptRules
from problems.prompts import MAX_PROMPT_BYTES, PromptFault, read_prompt

SECTION = {
    "gateway": "lab", "model": "m", "fields": ["note", "q"],
    "parameters": {"max_tokens": 8}, "settable": ["max_tokens", "stop", "temperature"],
    "budget": {"tokens": 100, "prompt_tokens": 50, "requests": 2}, "max_messages": 2,
}  # fmt: skip
RULES = PromptRules.model_validate(SECTION)
ASKED = {"role": "user", "content": "{{q}}"}


def said(**more):
    return json.dumps({"messages": [ASKED], **more}).encode()


def test_the_three_forms_are_one():
    content = "{{ note }}: {{q}} {{{q}}} {{1 + 1}} {% x %} ${q}"
    as_json = json.dumps({"messages": [{"role": "user", "content": content}]})
    as_yaml = f"messages:\n- role: user\n  content: {json.dumps(content)}\n"
    read = [
        read_prompt(text.encode(), form, RULES)
        for text, form in ((content, "text"), (as_json, "json"), (as_yaml, "yaml"))
    ]
    assert read[0] == read[1] == read[2]
    filled = read[0].filled({"note": "{{q}}", "q": r"\1"})
    assert filled == [{"role": "user", "content": r"{{q}}: \1 {\1} {{1 + 1}} {% x %} ${q}"}]


@pytest.mark.parametrize(
    ("content", "form", "code", "params"),
    [
        (b"x" * (MAX_PROMPT_BYTES + 1), "text", "prompt-too-large", {"limit_kib": 256}),
        (b"\n\xff{{q}}", "text", "prompt-not-utf8", {"line": 2}),
        (b"{\n\n", "json", "prompt-not-json", {"line": 3}),
        (b'{"messages": NaN}', "json", "prompt-not-json", {"line": 1}),
        (b"[" * 100_000, "json", "prompt-not-json", {"line": 1}),
        (b'{"messages": [], "messages": []}', "json", "prompt-key-twice", {"key": "messages"}),
        (b"x: &a 1\nmessages: *a", "yaml", "prompt-not-yaml", {"line": 1}),
        (b"messages: !!python/object:os.system x", "yaml", "prompt-not-yaml", {"line": 1}),
        (b"[1]", "json", "prompt-shape", {}),
        (b'{"messages": []}', "json", "prompt-shape", {}),
        (said(model="better"), "json", "prompt-key", {"key": "model", "expected": "messages, parameters"}),
        (said(parameters=[]), "json", "prompt-shape", {}),
        (said(parameters={"seed": 1}), "json", "prompt-parameter",
         {"parameter": "seed", "expected": "max_tokens, stop, temperature"}),
        (said(parameters={"max_tokens": 9}), "json", "prompt-parameter-value",
         {"parameter": "max_tokens", "found": "9", "expected": "1 – 8"}),
        (said(parameters={"max_tokens": True}), "json", "prompt-parameter-value",
         {"parameter": "max_tokens", "found": "True", "expected": "1 – 8"}),
        (said(parameters={"temperature": 3}), "json", "prompt-parameter-value",
         {"parameter": "temperature", "found": "3", "expected": "0 – 2"}),
        (said(messages=[{"role": "user"}]), "json", "prompt-message", {"item": 1}),
        (said(messages=["x"]), "json", "prompt-message", {"item": 1}),
        (said(messages=[{**ASKED, "name": "x"}]), "json", "prompt-key",
         {"key": "name", "expected": "role, content"}),
        (said(messages=[{"role": "tool", "content": "x"}]), "json", "prompt-role",
         {"item": 1, "found": "tool", "expected": "system, user, assistant"}),
        (said(messages=[{"role": "user", "content": "\ud800{{q}}"}]), "json", "prompt-control", {"item": 1}),
        (b"{{answer}}", "text", "prompt-unknown-field",
         {"item": 1, "found": "{{answer}}", "expected": "{{note}}, {{q}}"}),
        (b"what?", "text", "prompt-no-field", {"expected": "{{note}}, {{q}}"}),
        (said(messages=[ASKED] * 3), "json", "prompt-too-many-messages", {"found": 3, "limit": 2}),
        (said(messages=[ASKED, {"role": "assistant", "content": "x"}]), "json", "prompt-last-role",
         {"found": "assistant"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(content, form, code, params):
    with pytest.raises(PromptFault) as caught:
        read_prompt(content, form, RULES)
    assert (caught.value.code, caught.value.params) == (code, params)


@given(st.binary(max_size=400), st.sampled_from(["text", "json", "yaml"]))
def test_any_bytes_are_a_prompt_or_a_fault(content, form):
    try:
        prompt = read_prompt(content, form, RULES)
    except PromptFault:
        return
    assert prompt.filled({"note": "a", "q": "b"})


def test_rows_give_the_fields_that_may_be_named_and_no_other(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1, "note": "n", "q": 2.5, "label": "secret"}\n')
    assert read_rows(path, RULES) == [PromptRow(1, {"note": "n", "q": "2.5"})]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "no row"),
        ("{\n", 1, "no JSON"),
        ("[1]\n", 1, "no JSON object"),
        ('{"id": 1, "note": "n"}\n', 1, "has no q"),
        ('{"id": true, "note": "n", "q": "q"}\n', 1, "id is neither"),
        ('{"id": 1, "note": ["n"], "q": "q"}\n', 1, "note is neither"),
        ('{"id": 1, "note": "a\\u0000", "q": "q"}\n', 1, "NUL"),
        ('{"id": 1, "note": "n", "q": "q"}\n' * 2, 2, "already in line 1"),
        ("".join(f'{{"id": {n}, "note": "n", "q": "q"}}\n' for n in range(3)), 0, "`budget.requests`"),
    ],
)
def test_a_row_that_cannot_be_asked_has_its_line(tmp_path, text, line, words):
    (tmp_path / "rows.jsonl").write_text(text)
    with pytest.raises(RowFault, match=words) as caught:
        read_rows(tmp_path / "rows.jsonl", RULES)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "change",
    [
        {"fields": []}, {"fields": ["q", "q"]}, {"gateway": "http://x"}, {"settable": ["model"]},
        {"parameters": {"temperature": -1}}, {"budget": {"tokens": 1, "prompt_tokens": 1}}, {"url": "x"},
        {"tools": []},
    ],
)  # fmt: skip
def test_the_section_is_strict(change):
    with pytest.raises(ValidationError):
        PromptRules.model_validate({**SECTION, **change})


MANIFEST = """\
format: 1
slug: asked
version: 1.0.0
kind: prompt
names: {en: x, zh: 十}
summary: {en: x, zh: 十}
licence: CC0-1.0
authors: [us]
data: {licence: CC0-1.0, source: {en: x, zh: 十}}
submission: {formats: [text], max_mib: 1}
prompt:
  gateway: lab
  model: m
  inputs: rows.jsonl
  fields: [q]
  budget: {tokens: 100, prompt_tokens: 50, requests: 2}
scoring:
  scorer: records
  options: {kind: text}
  metrics: [{name: exact_match}]
  primary: exact_match
"""
ROW, TRUE = '{"id": 1, "q": "x"}\n', '{"id": 1, "answer": "y", "split": "public"}\n'


@pytest.mark.parametrize(
    ("before", "after", "rows", "found"),
    [
        ("", "", ROW, set()),
        ("rows.jsonl", "row.jsonl", ROW, {("prompt-inputs", "problem.yaml", 14)}),
        ("", "", ROW + "x\n", {("prompt-rows", "hidden/inputs/rows.jsonl", 2)}),
        ("", "", ROW.replace("1", "2"), {("prompt-ids", "hidden/inputs/rows.jsonl", 0)}),
        ("kind: text}", "kind: texts}", ROW, {("prompt-answers", "problem.yaml", 19)}),
        ("kind: text}", "kind: text, answer_field: said}", ROW, {("prompt-answers", "problem.yaml", 19)}),
    ],
)
def test_the_section_is_checked_beside_its_files(tmp_path, before, after, rows, found):
    folder = tmp_path / "asked"
    for name, text in {
        "problem.yaml": MANIFEST.replace(before, after, 1) if before else MANIFEST,
        "hidden/inputs/rows.jsonl": rows,
        "hidden/reference/reference.jsonl": TRUE,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    complaints = [one for one in lint(load(folder)) if one.code.startswith("prompt-")]
    assert {(one.code, one.file, one.line) for one in complaints} == found
