"""Looks for the answers of records that are lists or objects: spans, boxes, masks, rankings.

Tables compare columns of plain values; these have none. A line of JSON tells an answer when it holds it
beside the record's id, or beside what another file says of that id (its sentence, its picture's name).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from problems.errors import Finding
from problems.lint_leaks_pieces import MAX_TEXT_BYTES, Piece, canonical, json_lines
from problems.schema import Spec

_MIN_TOLD = 3
_MIN_FEATURE = 8  # characters of JSON; shorter ones repeat by chance
_TRIVIAL = frozenset({"[]", "{}", '""', "null"})


def check_records(spec: Spec, reference: Sequence[Piece], reachable: Sequence[Piece]) -> Iterator[Finding]:
    """Compare lines of JSON that contestants or their code can read with the answers.

    Args:
        spec: names the fields of ids and answers.
        reference: what only the scorer may read.
        reachable: what others can.

    Yields:
        Findings: labels-exposed, tables-unchecked.
    """
    for piece in reference if spec.scoring.scorer == "records" else ():
        if piece.n_bytes > MAX_TEXT_BYTES:
            yield Finding("tables-unchecked", "too large to be compared", piece.name, severity="warning")
    answers = _answers(spec, reference)
    if not answers:
        return
    lines = {
        piece.name: [_parts(line) for line in json_lines(piece) if isinstance(line, dict)]
        for piece in reachable
    }
    features = _features(answers, lines)
    for name, found in lines.items():
        told, n_other = set(), 0
        for parts in found:
            ids = (parts & answers.keys()) or {features[part] for part in parts & features.keys()}
            right = {one for one in ids if answers[one] & parts}
            told |= right
            n_other += bool(ids and not right)
        if len(told) >= min(_MIN_TOLD, len(answers)) and len(told) > n_other:
            message = f"{len(told)} hidden records stand in it with their answer"
            yield Finding("labels-exposed", message, name)


def _answers(spec: Spec, reference: Sequence[Piece]) -> dict[str, frozenset[str]]:
    """Return the answers that are no plain values, by id, in every form that gives them away."""
    if spec.scoring.scorer != "records":
        return {}
    options = spec.scoring.options
    key, truth = str(options.get("id_field", "id")), str(options.get("truth_field", "answer"))
    has_texts = options.get("kind") in {"text", "texts"}
    found = {}
    for piece in reference:
        for line in json_lines(piece):
            if isinstance(line, dict) and key in line and isinstance(line.get(truth), list | dict):
                forms = {_form(line[truth]), *(map(canonical, line[truth]) if has_texts else ())}
                found[canonical(line[key])] = frozenset(forms - _TRIVIAL)
    return {one: forms for one, forms in found.items() if forms}


def _features(answers: Mapping[str, frozenset[str]], lines: Mapping[str, list[set[str]]]) -> dict[str, str]:
    """Return what reachable files say of each record beside its id, where it says it of that one alone."""
    said: dict[str, set[str]] = {}
    for found in lines.values():
        for parts in found:
            for one in parts & answers.keys():
                for part in parts - answers.keys():
                    if len(part) >= _MIN_FEATURE:
                        said.setdefault(part, set()).add(one)
    every = frozenset().union(*answers.values())
    return {part: ids.pop() for part, ids in said.items() if len(ids) == 1 and part not in every}


def _parts(line: Mapping[str, Any]) -> set[str]:
    return {_form(value) for value in line.values()}


def _form(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return JSON text that does not depend on the order of spans or boxes."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return canonical(sorted(value, key=canonical))
    return canonical(value)
