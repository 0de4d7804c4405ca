"""Organizers' programs in foreign packages: which there are, and running them while importing.

Nothing of a foreign package is run in the importer's own process: who imports hands in a `Runner`, which has
sandboxes. Without one, what needs a run is refused or left out, and the report says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from problems.formats import FORMAT_OF_SUFFIX
from problems.languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a program.

    Attributes:
        name: for messages.
        arguments: after the program's name.
        stdin: file that it reads; None for nothing.
    """

    name: str
    arguments: tuple[str, ...] = ()
    stdin: Path | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended.

    Attributes:
        exit_code: of the program; None when it broke a limit or was killed.
        stdout, stderr: files with what it wrote.
        detail: how it ended, in words, and the end of its messages.
    """

    exit_code: int | None
    stdout: Path
    stderr: Path
    detail: str


class Runner(Protocol):
    """Compiles and runs an organizer's program, in trusted sandboxes without network."""

    def run(
        self, source: Path, siblings: Mapping[str, Path], calls: Sequence[Call], *, wanted: int | None = None
    ) -> Sequence[Ran]:
        """Run a program of one source file several times, in order.

        Args:
            source: its file; the suffix tells its language.
            siblings: further files beside it, such as headers, by name.
            calls: what to run it on.
            wanted: exit code of a run that is well; the first other one is the last run. None runs all.

        Returns:
            How each run ended; their files are kept as long as the runner is.

        Raises:
            PackageError: `program-broken`: it does not compile; says why.
        """
        ...


def sources_of(files: Sequence[str]) -> list[str]:
    """Return those names that are source code of a language we have."""
    return [name for name in files if FORMAT_OF_SUFFIX.get("." + name.rpartition(".")[2]) in LANGUAGES]
