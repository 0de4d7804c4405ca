"""What an organizer's own scorer, `scorer.py` in a problem package, is written against.

    from scoring.custom import Refused, Result, Submission

    def score(submission: Submission) -> Result:
        answers = submission.read_csv()                 # a pandas data frame; refused if it is none
        truth = pd.read_csv(submission.reference / "truth.csv")
        if len(answers) != len(truth):
            raise Refused(en=f"{len(truth)} rows are expected.", zh=f"应有 {len(truth)} 行。")
        result = Result()
        errors = (answers.y - truth.y).abs()
        result.metric("mae", float(errors.mean()), split="public", rows=errors.tolist())  # with an interval
        result.table("worst", en="Worst rows", zh="误差最大的行", columns=["row", "error"], rows=[[3, 0.4]])
        figure, axes = plt.subplots()
        result.plot("errors", figure, en="Errors", zh="误差")
        return result

It runs in a trusted sandbox without a network, with the image `python-ml`. It must report every metric that
`problem.yaml` names for at least one split. `Refused` gives the contestant PE with these words; whatever
else it
raises is its own fault: the judgement ends as a judge error, with the traceback for the organizer, and costs
the contestant nothing. What it prints is for the organizer.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoring.contract import Case, CaseVerdict, Message, MetricValue, Plot, Split, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_MAX_WORDS = 500


class Refused(Exception):
    """The submission cannot be scored: PE, with these words.

    Args:
        en, zh: what is wrong and what to do; never what is hidden.
    """

    def __init__(self, *, en: str, zh: str) -> None:
        super().__init__(en)
        self.message = Message(code="scorer-says", params={"en": en[:_MAX_WORDS], "zh": zh[:_MAX_WORDS]})


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be scored.

    Attributes:
        path: what the contestant, or their program, handed in. Participant data: never unpickle it.
        reference: folder hidden/reference.
        parameters: `scoring.options.parameters` of the manifest.
        seed: the same for everybody.
        extra: further files, by name.
    """

    path: Path
    reference: Path
    parameters: Mapping[str, Any]
    seed: int
    extra: Mapping[str, Path]

    def read_csv(self) -> "pd.DataFrame":
        """Return the submission as a table.

        Raises:
            Refused: it is no CSV.
        """
        import pandas as pd

        try:
            return pd.read_csv(self.path)
        except (ValueError, OSError) as error:
            words = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise Refused(
                en=f"The file cannot be read as CSV: {words}", zh=f"无法按 CSV 读取：{words}"
            ) from None


@dataclass(slots=True)
class Result:
    """What a scorer found. Call its methods in any order."""

    metrics: list[tuple[str, Split, float]] = field(default_factory=list)
    rows: dict[tuple[str, Split], Sequence[float]] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    plots: list[tuple[Plot, bytes]] = field(default_factory=list)

    def metric(
        self, name: str, value: float, *, split: Split = "public", rows: Sequence[float] | None = None
    ) -> None:
        """Report a metric.

        Args:
            name: as in problem.yaml: its label, or else its name.
            value: finite.
            split: `public` counts while the contest runs, `private` at its end.
            rows: one number for each hidden row, in the reference's order, of which `value` is the mean: then
                the metric has a confidence interval.

        Raises:
            ValueError: NaN or infinite, which is no score; or `value` is not the mean of `rows`.
        """
        if not math.isfinite(value):
            raise ValueError(f"metric {name} is {value}; only finite numbers are scores")
        if rows is not None:
            mean = math.fsum(rows) / len(rows) if len(rows) else math.nan
            if not math.isclose(mean, value, rel_tol=1e-6, abs_tol=1e-9):
                raise ValueError(f"metric {name} is {value}, but the mean of its rows is {mean}")
            self.rows[name, split] = rows
        self.metrics.append((name, split, float(value)))

    def case(
        self, name: str, *, en: str, zh: str, score: float, split: Split = "public", weight: float = 1.0
    ) -> None:
        """Report one case: a row of the submission's page.

        Args:
            name: unique.
            en: what it is about, nothing hidden.
            zh: the same in Chinese.
            score: 0 to 1; 1 is right.
            split: as with metrics.
            weight: of the case, for those who read the page.
        """
        verdict = CaseVerdict.AC if score >= 1 else CaseVerdict.WA
        title: dict[Any, str] = {"en": en, "zh": zh}
        self.cases.append(
            Case(name=name, title=title, split=split, verdict=verdict, score=score, weight=weight)
        )

    def table(
        self, name: str, *, en: str, zh: str, columns: Sequence[str], rows: Sequence[Sequence[Any]],
        split: Split = "public",
    ) -> None:  # fmt: skip
        """Show a table: at most 30 columns and 200 rows of text and numbers.

        Args:
            name: unique, kebab-case.
            en: its title.
            zh: the same in Chinese.
            columns: their names.
            rows: the cells of each.
            split: shown to contestants when scores of this split are.
        """
        cells = tuple(tuple(_cell(cell) for cell in row) for row in rows)
        title: dict[Any, str] = {"en": en, "zh": zh}
        self.tables.append(Table(name=name, title=title, split=split, columns=tuple(columns), rows=cells))

    def plot(
        self, name: str, picture: "Figure | bytes", *, en: str, zh: str, split: Split = "public"
    ) -> None:
        """Show a picture.

        Args:
            name: unique, kebab-case.
            picture: a matplotlib figure, or the bytes of a PNG or SVG.
            en: its title.
            zh: the same in Chinese.
            split: shown to contestants when scores of this split are.
        """
        body = picture if isinstance(picture, bytes) else _drawn(picture)
        is_png = body.startswith(b"\x89PNG")
        title: dict[Any, str] = {"en": en, "zh": zh}
        plot = Plot(
            name=name, title=title, split=split, media_type="image/png" if is_png else "image/svg+xml"
        )
        self.plots.append((plot, body))

    def values(self, directions: Mapping[str, bool]) -> tuple[MetricValue, ...]:
        """Return the metrics for the report.

        Args:
            directions: metric key → whether higher is better.
        """
        return tuple(
            MetricValue(key=name, split=split, value=value, higher_is_better=directions.get(name, True))
            for name, split, value in self.metrics
        )


def _cell(cell: object) -> str | int | float | bool | None:
    if cell is None or isinstance(cell, bool | int | str):
        return cell[:200] if isinstance(cell, str) else cell
    value = getattr(cell, "item", lambda: cell)()  # a NumPy scalar
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int) else str(value)[:200]


def _drawn(figure: "Figure") -> bytes:
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=100, metadata={"Software": None})
    return sink.getvalue()
