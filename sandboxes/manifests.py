"""What a runner image holds: shown to contestants, kept with the image, and the lock of a later build.

A manifest is what `judge images show --json` prints. The same file says what a build must come to:
`judge images build --locked` compares package by package, then the digest of the contents.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["debian", "python", "program"]


@dataclass(frozen=True, slots=True)
class Package:
    """One thing that is installed.

    Attributes:
        kind: Debian package, Python distribution, or a program of the host (local provider).
        name: as its kind names it.
        version: exact.
        licence: as far as it says so itself in a form a program can read; else empty.
    """

    kind: Kind
    name: str
    version: str
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image as it is on one host.

    Attributes:
        image: its name.
        provider: `docker`, or `local` where the host's own environment stands in.
        contents: digest of the contents, `sha256:` and hex; see `sandboxes/images/contents.py`. The
            local provider has no tree of its own and digests the packages below instead.
        packages: all of them, by kind and name.
        definition: digest of what it was made from; empty with the local provider.
        base: how its base came to be.
        architecture: of the machine, `x86_64`.
        size_bytes: unpacked; 0 with the local provider, which takes no room.
        built_at: UTC, ISO 8601; empty with the local provider.
        wheels: file name → SHA-256 of the wheels it was made from.
    """

    image: str
    provider: str
    contents: str
    packages: tuple[Package, ...]
    definition: str = ""
    base: str = ""
    architecture: str = ""
    size_bytes: int = 0
    built_at: str = ""
    wheels: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Manifest":
        """Read what `to_json` made.

        Raises:
            ValueError: it is not a manifest.
        """
        try:
            packages = tuple(Package(**package) for package in said["packages"])
            return cls(**{**said, "packages": packages})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a manifest of an image: {error}") from error

    def dumps(self) -> str:
        """Return it as text, one package a line, so that two of them can be compared by eye."""
        head = {name: value for name, value in self.to_json().items() if name != "packages"}
        rows = ",\n".join("  " + json.dumps(asdict(package)) for package in self.packages)
        return json.dumps(head, indent=1)[:-2] + f',\n "packages": [\n{rows}\n ]\n}}\n'


def differences(lock: Manifest, made: Manifest) -> list[str]:
    """Say in what a build differs from the one that a lock describes; empty when it is the same.

    Args:
        lock: what it should be.
        made: what it is.
    """
    wanted = {(package.kind, package.name): package.version for package in lock.packages}
    found = {(package.kind, package.name): package.version for package in made.packages}
    lines = _changes(wanted, found)
    wheels = dict(lock.wheels or {}), dict(made.wheels or {})
    lines += [
        f"{name}: another file of the same name"
        for name in sorted(wheels[0].keys() & wheels[1].keys())
        if wheels[0][name] != wheels[1][name]
    ]
    if not lines and lock.contents != made.contents:
        lines.append(f"the same packages, but contents {made.contents} where {lock.contents} was wanted")
    return lines


def _changes(wanted: Mapping[tuple[Kind, str], str], found: Mapping[tuple[Kind, str], str]) -> list[str]:
    lines = []
    for key in sorted(wanted.keys() | found.keys()):
        before, now = wanted.get(key), found.get(key)
        if before != now:
            lines.append(f"{key[1]}: {before or 'not there'} → {now or 'not there'}")
    return lines
