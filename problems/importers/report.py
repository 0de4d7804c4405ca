"""What became of each part of a foreign package."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


def _plain(text: str) -> str:
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)


class Fate(StrEnum):
    """What an importer did with something it found."""

    MAPPED = "mapped"  # means the same here
    ADAPTED = "adapted"  # works here, in another way: the note says how
    LEFT_OUT = "left-out"  # has no use here; nothing that decides a score
    MISSING = "missing"  # the package says nothing about what we need; the note says what was assumed
    REFUSED = "refused"  # would change what is judged: the package cannot be imported as it is


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a report.

    Attributes:
        fate: what was done.
        file: of the foreign package, `/` between parts.
        line: in that file, from 1; 0 where it is about the whole file.
        subject: key or feature, in the package's own words.
        note: what it became, or why it did not.
    """

    fate: Fate
    file: str
    line: int
    subject: str
    note: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{self.fate.value:9} {place}: {self.subject}" + (f": {self.note}" if self.note else "")


@dataclass(slots=True)
class Report:
    """Collects entries in the order in which the package is read.

    Attributes:
        source_format: `icpc`, `dmoj`, `codabench`, `kaggle` or `mle-bench`.
    """

    source_format: str
    entries: list[Entry] = field(default_factory=list)

    def add(self, fate: Fate, file: str, subject: str, note: str = "", *, line: int = 0) -> None:
        """Note what became of something, in one line that does nothing to a terminal."""
        self.entries.append(Entry(fate, _plain(file), line, _plain(subject), _plain(note)))

    def refused(self) -> Iterator[Entry]:
        """Yield what stands in the way of an import."""
        return (entry for entry in self.entries if entry.fate is Fate.REFUSED)

    @property
    def is_good(self) -> bool:
        """Whether everything that decides a score was mapped."""
        return not any(self.refused())
