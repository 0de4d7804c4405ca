"""First lines of tables in foreign packages."""

import csv
import io

from problems.errors import PackageError
from problems.importers.source import Source

_MAX_HEADER_BYTES = 65_536


def header_of(source: Source, name: str) -> list[str]:
    """Return the columns of a CSV file.

    Raises:
        PackageError: `file-missing`, `header-missing`.
    """
    file = source.files.get(name)
    if file is None:
        raise PackageError.at("file-missing", "a competition of this kind needs it", name)
    with file.open("rb") as stream:
        line = stream.readline(_MAX_HEADER_BYTES).decode("utf-8-sig", "replace")
    try:
        columns = next(csv.reader(io.StringIO(line)), [])
    except csv.Error as error:
        raise PackageError.at("header-missing", f"its first line cannot be read: {error}", name, 1) from None
    if len(columns) < 2:
        raise PackageError.at("header-missing", "its first line must name at least two columns", name, 1)
    return columns
