"""Compares the columns found with those expected; the same for every format that names columns."""

from collections import Counter
from collections.abc import Sequence

from scoring.faults import FaultLog, echo, listing
from scoring.readers.base import TableSpec


def check_names(found: Sequence[str], spec: TableSpec, faults: FaultLog) -> None:
    """Check that exactly the expected columns are there, in any order.

    Raises:
        SubmissionRefused: columns are missing, unexpected or repeated; all are named.
    """
    expected = listing(spec.names)
    for name in spec.names:
        if name not in found:
            faults.add("column-missing", column=echo(name), expected=expected, found=listing(found))
    for name, count in Counter(found).items():
        if name == "" and name not in spec.names:
            faults.add("column-unnamed", expected=expected)
        elif name not in spec.names:
            faults.add("column-extra", column=echo(name), expected=expected)
        elif count > 1:
            faults.add("column-duplicate", column=echo(name))
    if faults:
        raise faults.refusal()
