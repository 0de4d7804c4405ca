"""Finds the test cases of a DMOJ archive by the patterns of names that `init.yml` states, or the usual ones.

The patterns are the package's own regular expressions: they are matched in a process of its own that is ended
when it takes long, as some expressions take for ever.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from problems.importers.document import Document, as_list

_TIMEOUT_S = 10
_USUAL = r"^(?=.*?\.{0}|{0}).*?(?:(?:^|\W)(?P<batch>\d+)[^\d\s]+)?(?P<case>\d+)[^\d\s]*$"
_PROGRAM = """
import json, re, sys
said = json.load(sys.stdin)
pattern = re.compile(said["pattern"], re.IGNORECASE)
found = []
for name in said["names"]:
    match = pattern.match(name)
    if match:
        groups = match.groupdict()
        found.append([name, groups.get("batch"), groups.get("case")])
json.dump(found, sys.stdout)
"""
Key = tuple[bool, int, str]


def cases_of(
    said: Document, settings: Mapping[str, Any], names: Iterable[str], points: object
) -> list[dict[str, Any]]:
    """Return the entries that DMOJ makes of the names of an archive's files.

    Args:
        said: for places.
        settings: under `test_cases`.
        names: of the archive's files.
        points: of each entry, where `case_points` does not tell.

    Raises:
        PackageError: `data-missing`, `case-pattern`, `case-incomplete`.
    """
    groups, batches = _grouped(said, settings, sorted(names))
    if not groups:
        message = "no file of the archive fits the patterns of test cases"
        raise said.fault("data-missing", message, "test_cases")
    stated = as_list(settings.get("case_points"))
    if stated and len(stated) < len(groups):
        raise said.fault("case-points", f"{len(groups)} of them are needed", "test_cases", "case_points")
    entries: list[dict[str, Any]] = []
    for number, (group, cases) in enumerate(sorted(groups.items())):
        ordered: list[dict[str, Any]] = [dict(cases[case]) for case in sorted(cases)]
        if group not in batches and len(ordered) > 1:
            raise said.fault("case-pattern", "two cases have one number", "test_cases")
        entry = {"batched": ordered} if group in batches else ordered[0]
        entries.append(entry | {"points": stated[number] if stated else points})
    return entries


def _grouped(
    said: Document, settings: Mapping[str, Any], names: list[str]
) -> tuple[dict[Key, dict[Key, dict[str, str]]], set[Key]]:
    """Return group → case → `in` and `out` → name, and which groups are batches."""
    groups: dict[Key, dict[Key, dict[str, str]]] = {}
    batches: set[Key] = set()
    for end, key in (("in", "input_format"), ("out", "output_format")):
        pattern = str(settings.get(key) or _USUAL.format(end))
        for name, batch, case in _matches(said, key, pattern, names):
            if case is None:
                raise said.fault("case-pattern", f"{key}: names no `case` of {name[:80]}", "test_cases", key)
            if batch is not None:
                batches.add(_key(batch))
            mine = groups.setdefault(_key(case if batch is None else batch), {})
            mine.setdefault(_key(case), {})[end] = name
    return groups, batches


def _key(value: str) -> Key:
    """Return what DMOJ sorts by: names before numbers."""
    is_number = value.isascii() and value.isdigit() and len(value) < 1000
    return (True, int(value), "") if is_number else (False, 0, value)


def _matches(
    said: Document, key: str, pattern: str, names: list[str]
) -> list[tuple[str, str | None, str | None]]:
    request = json.dumps({"pattern": pattern[:2000], "names": names})
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the pattern is its input
            [sys.executable, "-I", "-c", _PROGRAM], input=request, capture_output=True, text=True,
            timeout=_TIMEOUT_S, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise said.fault("case-pattern", f"{key} takes too long to match", "test_cases", key) from None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["ended"])[-1][:200]
        raise said.fault(
            "case-pattern", f"{key} is no regular expression: {reason}", "test_cases", key
        ) from None
    return [(name, batch, case) for name, batch, case in json.loads(done.stdout)]
