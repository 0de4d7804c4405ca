"""What a scorer shows beside numbers, as types of the API."""

from web.api.schema_base import Number, Out


class SubtaskOut(Out):
    """What a group of test cases gave on one split."""

    name: str
    title: str
    titles: dict[str, str]
    split: str
    points: Number
    max_points: Number
    n_passed: int
    n_cases: int


class TableOut(Out):
    """A table of the problem's scorer; every row has as many cells as there are columns."""

    name: str
    title: str
    titles: dict[str, str]
    split: str
    columns: list[str]
    rows: list[list[str | int | Number | bool]]


class PlotOut(Out):
    """A picture of the problem's scorer; `url` gives it to whoever may see the submission."""

    name: str
    title: str
    titles: dict[str, str]
    split: str
    media_type: str
    url: str
