"""Looks for answers of test cases, sources of scorers and rows of labels in texts that contestants can read.

Short answers are everywhere (`YES`, `3`): they count beside the name of their case, under it, or in a row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from problems.casenames import natural_key
from problems.errors import Finding
from problems.lint_leaks_pieces import Piece

_SOURCES = (".py", ".c", ".cc", ".cpp", ".cxx", ".java", ".js", ".mjs", ".ipynb")
_MIN_LINE = 20
_MIN_SOURCE_LINES = 5
_MIN_ROW_CHARS = 8
_MIN_PAIRS = 3
_MAX_CHANCE = 0.01
_WORD = re.compile(r"[^\s,;|:\"'`{}\[\]()=<>]+")


def check_answers(answers: Mapping[str, Piece], reachable: Sequence[Piece]) -> Iterator[Finding]:
    """Look for the answers of test cases.

    Args:
        answers: of cases that are no samples, by name.
        reachable: what contestants or their code can read.

    Yields:
        Findings: answers-exposed.
    """
    texts = {name: text for name, piece in answers.items() if (text := piece.text()) is not None}
    words = {name: " ".join(text.split()) for name, text in texts.items() if text.strip()}
    names = sorted(words, key=natural_key)
    in_a_row = " ".join(words[name] for name in names)
    long_lines = {line: name for name in names for line in _long_lines(texts[name])}
    for piece in reachable:
        text = piece.text()
        if text is None:
            continue
        message = _same_name(piece, text, words) or _in_rows(text, words)
        is_whole = len(names) >= _MIN_PAIRS and len(in_a_row) >= _MIN_ROW_CHARS
        if not message and is_whole and f" {in_a_row} " in f" {' '.join(text.split())} ":
            message = f"the answers of all {len(names)} cases stand in it, one after the other"
        if not message and not piece.name.startswith("hidden/"):
            # An input may well hold lines of its answer: sorting, filtering, echoing.
            found = {long_lines[line] for line in map(str.strip, text.splitlines()) if line in long_lines}
            if found:
                message = f"lines of the answers of {len(found)} cases stand in it, as of {min(found)}"
        if message:
            yield Finding("answers-exposed", message, piece.name)


def _long_lines(text: str) -> Iterator[str]:
    for line in map(str.strip, text.splitlines()):
        if len(line) >= _MIN_LINE and len(set(line)) > 3:
            yield line


def _same_name(piece: Piece, text: str, words: Mapping[str, str]) -> str:
    stem, dot, suffix = piece.own_name.rpartition(".")
    if not dot or f".{suffix}" == ".in":
        return ""
    for name, answer in words.items():
        if name.rpartition("/")[2] == stem and " ".join(text.split()) == answer:
            return f"is the answer of case {name}"
    return ""


def _in_rows(text: str, words: Mapping[str, str]) -> str:
    """Say whether lines give a case's name and its answer."""
    told = set()
    for line in text.splitlines():
        found = _WORD.findall(line)
        if found and found[0] in words and " ".join(found[1:]) == words[found[0]]:
            told.add(found[0])
    enough = min(_MIN_PAIRS, len(words))
    return f"its lines name {len(told)} cases and their answers" if told and len(told) >= enough else ""


def check_sources(sources: Sequence[Piece], reachable: Sequence[Piece]) -> Iterator[Finding]:
    """Look for what scorers, tests and checkers are made of.

    Args:
        sources: files that only the scorer may read.
        reachable: what contestants or their code can read.

    Yields:
        Findings: source-exposed.
    """
    lines = {
        piece.name: found
        for piece in sources
        if piece.suffix in _SOURCES and len(found := _code_lines(piece.text() or "")) >= _MIN_SOURCE_LINES
    }
    for piece in reachable if lines else ():
        text = piece.text()
        have = _code_lines(text) if text is not None else set()
        for name, wanted in lines.items():
            n_shared = len(wanted & have)
            if n_shared >= _MIN_SOURCE_LINES and n_shared * 2 >= len(wanted):
                message = f"{n_shared} of {len(wanted)} lines of {name} stand in it"
                yield Finding("source-exposed", message, piece.name)


def _code_lines(text: str) -> set[str]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return {
        line for line in lines if len(line) >= 12 and not line.startswith(("import ", "from ", "#include"))
    }


def check_pairs(source: str, labels: Mapping[str, str], reachable: Sequence[Piece]) -> Iterator[Finding]:
    """Look for texts in which labels stand next to their ids, however these are written down.

    Args:
        source: file that holds the labels.
        labels: by id, normal text.
        reachable: what contestants or their code can read.

    Yields:
        Findings: labels-exposed.
    """
    counts: dict[str, int] = {}
    for label in labels.values():
        counts[label] = counts.get(label, 0) + 1
    chance = sum((count / len(labels)) ** 2 for count in counts.values())
    for piece in reachable:
        text = piece.text()
        if text is None:
            continue
        told, n_other = set(), 0
        for line in text.lower().splitlines():
            for first, second in pairwise(_WORD.findall(line)):
                if first in labels and second in counts:
                    n_other += labels[first] != second
                    told |= {first} if labels[first] == second else set()
        if len(told) >= _MIN_PAIRS and n_other * 20 <= len(told) and chance ** len(told) < _MAX_CHANCE:
            message = f"{len(told)} ids stand in it next to their label of {source}"
            yield Finding("labels-exposed", message, piece.name)
