"""Cuts a text file into blocks of whole lines, so that memory never depends on its size."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoring.faults import FaultLog
from scoring.readers.base import Array, RowNumbers

BLOCK_BYTES = 8 * 1024 * 1024
MAX_LINE_BYTES = 256 * 1024
BOM = b"\xef\xbb\xbf"
_LF, _CR = 10, 13


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, and the number (1-based) of the first one in the file."""

    text: bytes
    first_line: int

    @property
    def n_lines(self) -> int:
        """Lines in the block; the last one of a file need not end with LF."""
        return self.text.count(b"\n") + (not self.text.endswith(b"\n"))

    def rows(self, n_records: int) -> RowNumbers | None:
        """Return the row numbers of the records, or None if they cannot be told from the lines.

        Blank lines hold no record; nothing else may lie between two records.
        """
        if n_records == self.n_lines:
            return RowNumbers(self.first_line)
        lines = np.flatnonzero(self._line_lengths() > 0)
        if lines.size != n_records:
            return None
        return RowNumbers(self.first_line, lines + self.first_line)

    def _line_lengths(self) -> Array:
        text = np.frombuffer(self.text, dtype=np.uint8)
        ends = np.flatnonzero(text == _LF)
        if ends.size == 0 or ends[-1] != text.size - 1:
            ends = np.r_[ends, text.size]
        starts = np.r_[0, ends[:-1] + 1]
        has_cr = text[np.maximum(ends - 1, 0)] == _CR
        lengths: Array = ends - starts - (has_cr & (ends > starts))
        return lengths

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are not blank, without their ends, with their numbers."""
        for offset, line in enumerate(self.text.split(b"\n")):
            bare = line.removesuffix(b"\r")
            if bare:
                yield self.first_line + offset, bare


def skip_mark(path: Path) -> int:
    """Return where text begins: behind a byte order mark, if there is one."""
    with path.open("rb") as file:
        return len(BOM) if file.read(len(BOM)) == BOM else 0


def iter_blocks(path: Path, *, offset: int, first_line: int, faults: FaultLog) -> Iterator[Block]:
    """Yield the file from byte `offset` (the start of line `first_line`) in blocks of whole lines.

    Raises:
        SubmissionRefused: a line is longer than `MAX_LINE_BYTES`.
    """
    with path.open("rb") as file:
        file.seek(offset)
        line, rest = first_line, b""
        while chunk := file.read(BLOCK_BYTES):
            cut = chunk.rfind(b"\n") + 1
            if cut:
                block = Block(rest + chunk[:cut], line)
                yield block
                line += block.n_lines
                rest = chunk[cut:]
            else:
                rest += chunk
            if len(rest) > MAX_LINE_BYTES:
                raise faults.refuse("line-too-long", row=line, limit=MAX_LINE_BYTES)
        if rest:
            yield Block(rest, line)
