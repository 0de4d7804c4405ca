"""What changed between two versions of a problem, and whether earlier results still stand.

`effect` of a change: `rejudge` when the same submission may now get another result; `ranking` when results
stand and their order or display may differ; `proof` for examples; `text` for everything else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from problems.loader import Package

Effect = Literal["rejudge", "ranking", "proof", "text"]
EFFECTS: tuple[Effect, ...] = ("rejudge", "ranking", "proof", "text")

_OF_KEYS: Mapping[str, Effect] = {
    **dict.fromkeys(
        ("kind", "submission", "limits", "scoring", "program", "service", "interactive", "image", "gpu"),
        "rejudge",
    ),
    **dict.fromkeys(("leaderboard", "feedback"), "ranking"),
    "examples": "proof",
}
_OF_FILES: Mapping[str, Effect] = {"hidden": "rejudge", "scorer.py": "rejudge", "submissions": "proof"}
_MAX_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Content:
    """One version, wherever it is kept.

    Attributes:
        name: `slug version`.
        spec: the manifest as JSON, defaults filled in.
        files: path → (sha256, bytes).
    """

    name: str
    spec: Mapping[str, Any]
    files: Mapping[str, tuple[str, int]]

    @classmethod
    def of(cls, package: Package) -> "Content":
        """Return the content of a loaded package."""
        spec = package.spec
        files = {name: (file.sha256, file.n_bytes) for name, file in package.files.items()}
        return cls(f"{spec.slug} {spec.version}", spec.model_dump(mode="json"), files)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        place: key of the manifest (`limits.execute.wall_time_s`), or path of a file.
        is_file: which of both.
        before, after: values, or sizes in bytes; None where there was, or is, none.
        effect: see the module.
    """

    place: str
    is_file: bool
    before: Any
    after: Any
    effect: Effect


def compare(old: Content, new: Content) -> tuple[Change, ...]:
    """Return what differs: keys of the manifest, then files, in the order of their names.

    The manifest's own bytes are no difference: comments and order of keys change nothing.
    """
    keys = [
        Change(place, False, before, after, _OF_KEYS.get(place.partition(".")[0].partition("[")[0], "text"))
        for place, before, after in _differences(old.spec, new.spec, "")
    ]
    files = []
    for name in sorted({*old.files, *new.files} - {"problem.yaml"}):
        before, after = old.files.get(name), new.files.get(name)
        if before != after:
            effect = _OF_FILES.get(name.partition("/")[0], "text")
            files.append(Change(name, True, _size(before), _size(after), effect))
    return (*keys, *files)


def _size(file: tuple[str, int] | None) -> int | None:
    return None if file is None else file[1]


def _differences(old: Any, new: Any, place: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - any JSON
    if old == new and type(old) is type(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            inner = f"{place}.{key}" if place else str(key)
            yield from _differences(old.get(key), new.get(key), inner)
    elif isinstance(old, list) and isinstance(new, list):
        for at in range(max(len(old), len(new))):
            before, after = (side[at] if at < len(side) else None for side in (old, new))
            yield from _differences(before, after, f"{place}[{at}]")
    else:
        yield place, old, new


def shown(value: object) -> str:
    """Return a value of a change as a line shows it."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
