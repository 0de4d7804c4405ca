"""Checks the section `prompt:` beside the files it speaks of.

Codes: prompt-inputs, prompt-rows, prompt-ids, prompt-answers
"""

import json
from collections.abc import Iterator

from problems.errors import Finding
from problems.loader import MANIFEST, Package
from problems.manifest import Lines
from problems.prompt_rows import PromptRow, RowFault, read_rows
from problems.prompt_rules import PromptRules

_REFERENCE = "hidden/reference/reference.jsonl"


def check_prompt(package: Package, lines: Lines) -> Iterator[Finding]:
    """Check that the rows of a prompt problem can be asked, and that their answers can be scored.

    Args:
        package: a loaded package.
        lines: of its manifest.

    Yields:
        Findings.
    """
    rules, scoring = package.spec.prompt, package.spec.scoring
    if rules is None:
        return
    options = scoring.options
    expected = {"kind": "text", "answer_field": "answer", "id_field": rules.id_field}
    if scoring.scorer == "records":
        for key, word in expected.items():
            found = options.get(key, "answer" if key == "answer_field" else "id")
            if found != word:
                message = f"options.{key} is {found!r}; a model's answer is scored with {word!r}"
                yield Finding("prompt-answers", message, MANIFEST, lines.of("scoring", "options", key))
    if package.is_built:
        yield from _check_rows(package, rules, lines)


def _check_rows(package: Package, rules: PromptRules, lines: Lines) -> Iterator[Finding]:
    name = f"hidden/inputs/{rules.inputs}"
    if name not in package.files:
        message = f"prompt.inputs is {rules.inputs}, but there is no {name}"
        yield Finding("prompt-inputs", message, MANIFEST, lines.of("prompt", "inputs"))
        return
    try:
        rows = read_rows(package.files[name].path, rules)
    except RowFault as fault:
        yield Finding("prompt-rows", fault.message, name, fault.line)
    except UnicodeDecodeError:
        yield Finding("prompt-rows", "is not UTF-8", name)
    else:
        yield from _check_ids(package, rules, rows, name)


def _check_ids(package: Package, rules: PromptRules, rows: list[PromptRow], name: str) -> Iterator[Finding]:
    """Compare ids with the reference's; what is wrong with that file itself is said elsewhere."""
    if package.spec.scoring.scorer != "records" or _REFERENCE not in package.files:
        return
    true_ids = set()
    for text in package.files[_REFERENCE].path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            true_ids.add(json.loads(text).get(rules.id_field))
        except (ValueError, RecursionError, AttributeError, TypeError):
            return
    asked = {row.id for row in rows}
    if missing := sorted(map(repr, true_ids - asked)):
        yield Finding("prompt-ids", f"no row has the reference's id {', '.join(missing[:3])}", name)
    if strangers := sorted(map(repr, asked - true_ids)):
        yield Finding("prompt-ids", f"the reference has no answer to id {', '.join(strangers[:3])}", name)
