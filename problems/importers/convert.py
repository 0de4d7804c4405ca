"""The one way in: find out what a foreign package is, and write it as ours."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from problems.errors import PackageError
from problems.importers import codabench, dmoj, icpc, kaggle, mle_bench
from problems.importers.package import Draft
from problems.importers.programs import Runner
from problems.importers.report import Fate, Report
from problems.importers.source import Source, read
from problems.loader import Package

FORMATS = ("icpc", "dmoj", "codabench", "kaggle", "mle-bench")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        packages: ours, one for each problem; empty when the import was refused.
        report: what became of everything.
    """

    packages: tuple[Package, ...]
    report: Report


def detect(source: Source) -> str:
    """Return the format of a package.

    Raises:
        PackageError: `format-unknown`.
    """
    names = set(source.files)
    if "competition.yaml" in names:
        return "codabench"
    if {kaggle.SAMPLE, kaggle.SOLUTION} <= names:
        return "kaggle"
    if {mle_bench.CONFIG, mle_bench.GRADER} <= names:
        return "mle-bench"
    if "init.yml" in names:
        return "dmoj"
    if "problem.yaml" in names and any(name.startswith(("data/", "submissions/")) for name in names):
        return "icpc"
    known = (
        "no problem.yaml with data/, init.yml, competition.yaml, solution.csv, or config.yaml and grade.py"
    )
    raise PackageError.at("format-unknown", f"{known}: not one of {', '.join(FORMATS)}")


def convert(
    path: Path,
    into: Path,
    *,
    source_format: str = "",
    higher_is_better: bool | None = None,
    runner: Runner | None = None,
) -> Imported:
    """Import a package.

    Args:
        path: folder or zip.
        into: existing folder; each problem becomes a folder of it.
        source_format: one of `FORMATS`; empty to find out.
        higher_is_better: direction of the metric, where a package does not tell it.
        runner: runs what has to be run to import a package: generators and input validators.

    Returns:
        The packages and the report. With anything refused nothing is kept.

    Raises:
        PackageError: it cannot be read, or breaks its own format's rules; says where.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as name:
        scratch = Path(name)
        unpacked = scratch / "package"
        unpacked.mkdir()
        source = read(path, unpacked)
        found = source_format or detect(source)
        report = Report(found)
        drafts = _converted(found, source, into, report, scratch, higher_is_better, runner)
        packages: tuple[Package, ...] = ()
        if report.is_good:
            for draft in drafts:
                draft.manifest["origin"] = found
            try:
                packages = tuple(draft.finish() for draft in drafts)
            except PackageError as error:
                for finding in error.findings:
                    report.add(Fate.REFUSED, finding.file, finding.code, finding.message, line=finding.line)
        if not report.is_good:
            for draft in drafts:
                draft.discard()
            return Imported((), report)
        return Imported(packages, report)


def _converted(
    found: str,
    source: Source,
    into: Path,
    report: Report,
    scratch: Path,
    is_up: bool | None,
    runner: Runner | None,
) -> list[Draft]:
    if found == "kaggle":
        return [kaggle.convert(source, into, report, higher_is_better=is_up)]
    if found == "mle-bench":
        return [mle_bench.convert(source, into, report, higher_is_better=is_up)]
    if found == "codabench":
        return codabench.convert(source, into, report, scratch)
    if found == "dmoj":
        return [dmoj.convert(source, into, report, scratch, runner=runner)]
    if found == "icpc":
        return [icpc.convert(source, into, report, runner=runner)]
    raise PackageError.at("format-unknown", f"{found[:40]!r} is not one of {', '.join(FORMATS)}")
