"""What every reader of a contestant's table yields, whatever the file format.

Tables are read as a stream of batches of columns: ten million rows never exist as Python objects,
and never twice as arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scoring.options import Column

Array = np.ndarray[Any, Any]

ARROW_TYPES = {"float": "float64", "int": "int64", "label": "string", "str": "string"}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What the table must look like.

    Attributes:
        id_column: name of the key column.
        ids_are_int: whether ids are whole numbers (else text).
        columns: the columns beside the key.
        n_expected: rows the reference has.
        max_rows: reading stops beyond this.
        vocabulary: text column → texts known for it → their codes 0, 1, … in order; any other text
            is a fault for kind `label`, and gets the next free code for kind `str`.
    """

    id_column: str
    ids_are_int: bool
    columns: tuple[Column, ...]
    n_expected: int
    max_rows: int
    vocabulary: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, key first."""
        return (self.id_column, *(column.name for column in self.columns))

    def arrow_type(self, name: str) -> str:
        """Return the Arrow type in which column `name` is read."""
        if name == self.id_column:
            return "int64" if self.ids_are_int else "string"
        return next(ARROW_TYPES[column.kind] for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """Row numbers as the contestant counts them, for records 0 … n-1 of a batch.

    Attributes:
        start: number of record 0.
        explicit: int array of shape (n,) when rows are not consecutive (blank lines).
    """

    start: int
    explicit: Array | None = None

    def at(self, record: int) -> int:
        """Return the row number of one record."""
        return self.start + record if self.explicit is None else int(self.explicit[record])

    def take(self, records: Array) -> "RowNumbers":
        """Return the numbers of some records."""
        chosen = records + self.start if self.explicit is None else self.explicit[records]
        return RowNumbers(int(chosen[0]) if chosen.size else self.start, chosen)


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Some records of the table.

    Attributes:
        ids: int64 array of shape (n,), or an Arrow string array of that length; None when the format
            has no ids and row i belongs to row i of the reference.
        values: column → float64 or int64 array of shape (n,); text columns hold codes.
        rows: their row numbers.
        n_rows: n.
    """

    ids: Any
    values: Mapping[str, Array]
    rows: RowNumbers
    n_rows: int
