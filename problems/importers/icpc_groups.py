"""Settings of test groups of ICPC packages: `testdata.yaml` (legacy), `test_group.yaml` (2023-07 and later).

In the legacy format a group has its parent's settings where it says nothing itself; from 2023-07 on that
holds of the arguments of validators.
"""

import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from problems.errors import PackageError
from problems.importers.document import Document, as_list, as_mapping
from problems.importers.source import Source

SETTINGS = ("testdata.yaml", "test_group.yaml")


class Setting(NamedTuple):
    """A value and where it is stated.

    Attributes:
        value: plain YAML; None where it is stated nowhere.
        file: that states it, or where it might be stated.
        line: in that file; 0 where it is not stated.
    """

    value: Any
    file: str
    line: int


class GroupSettings:
    """Reads the settings files of a package, each once.

    Args:
        source: the package.

    Raises:
        PackageError: one of them cannot be read.
    """

    def __init__(self, source: Source) -> None:
        self.files = [path for path in source.files if _is_settings(path)]
        self._said = {path.rpartition("/")[0]: Document(path, source.text(path)) for path in self.files}

    def own(self, group: str) -> Document | None:
        """Return what a group says itself.

        Args:
            group: path below `data`; empty for `data` itself.
        """
        return self._said.get(f"data/{group}".rstrip("/"))

    def find(self, group: str, *keys: str) -> Setting:
        """Return the nearest value of one of some keys: the group's own, or that of one around it."""
        for said in self._around(group):
            for key in keys:
                value = said.take(key)
                if value is not None:
                    return Setting(value, said.file, said.line(key))
        return Setting(None, f"data/{group}".rstrip("/"), 0)

    def arguments(self, group: str, *keys: str, program: str = "") -> tuple[str, ...]:
        """Return arguments of a validator for a group.

        Args:
            group: path below `data`.
            keys: under which they may be stated.
            program: name of the validator, where several have their own.
        """
        found = self.find(group, *keys)
        value = as_mapping(found.value).get(program) if isinstance(found.value, dict) else found.value
        return words_of(value, found.file, found.line)

    def _around(self, group: str) -> Iterator[Document]:
        parts = [part for part in group.split("/") if part]
        for length in range(len(parts), -1, -1):
            said = self.own("/".join(parts[:length]))
            if said is not None:
                yield said


def words_of(value: object, file: str, line: int) -> tuple[str, ...]:
    """Return arguments that are stated as a list, or as one line as a shell has it.

    Raises:
        PackageError: `bad-value`: a quote is not closed, or a list holds lists.
    """
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            raise PackageError.at("bad-value", f"arguments cannot be read: {error}", file, line) from None
    if any(isinstance(one, dict | list) for one in as_list(value)):
        raise PackageError.at("bad-value", "arguments must be plain words", file, line)
    return tuple(str(one) for one in as_list(value))


def _is_settings(path: str) -> bool:
    return path.startswith("data/") and path.rpartition("/")[2] in SETTINGS
