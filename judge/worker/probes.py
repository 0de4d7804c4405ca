"""Hands in a constant and a random submission: whoever knows nothing must not win.

Codes: probe-refused, probe-wins, probe-perfect
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.models.words import Verdict
from judge.services.results import JudgementResult
from judge.worker.metric_facts import MetricFacts, metric_facts
from judge.worker.probe_programs import write_programs
from judge.worker.probe_records import write_record_probes
from judge.worker.probe_tables import NoProbe, write_probes
from problems.errors import Finding
from problems.formats import FORMAT_OF_SUFFIX
from problems.lint import lines_of
from problems.loader import MANIFEST, Example, Package

_TABLES = ("csv", "jsonl", "parquet")
_DATA_KINDS = frozenset({"predictions", "program"})
_ACCEPTED = frozenset({Verdict.AC, Verdict.WA})

Judge = Callable[[Example], JudgementResult]


@dataclass(frozen=True, slots=True)
class Probe:
    """A submission that knows nothing, and what it got.

    Attributes:
        name: `constant` or `random`; `bare` for a prompt.
        verdict: as a contestant would get it.
        score: on the public split.
        score_private: on the private one.
    """

    name: str
    verdict: str
    score: float | None
    score_private: float | None


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of the probes.

    Attributes:
        probes: those that were judged.
        note: why there are none; "" when there are.
        findings: what is wrong.
    """

    probes: tuple[Probe, ...] = ()
    note: str = ""
    findings: tuple[Finding, ...] = ()


def probe(package: Package, good: Sequence[JudgementResult], judge: Judge) -> Probed:
    """Judge the probes of a problem, as far as there can be any.

    Args:
        package: of the problem.
        good: results of its good examples.
        judge: judges a file as if it were an example.
    """
    spec = package.spec
    with tempfile.TemporaryDirectory(prefix="judge-probes-") as name:
        folder = Path(name)
        try:
            files = _written(package, folder)
        except NoProbe as error:
            return Probed(note=f"not applicable: {error}")
        judged = {name: judge(_as_example(name, path)) for name, path in files.items()}
    primary = _primary(package)
    line = lines_of(package).of("scoring", "primary")
    found = [
        Finding(code, message, MANIFEST, line)
        for name, result in judged.items()
        for code, message in _faults(name, result, good, primary, must_pass=spec.kind in _DATA_KINDS)
    ]
    probes = tuple(
        Probe(name, result.verdict.value, result.score, result.score_private)
        for name, result in judged.items()
    )
    return Probed(probes, "", tuple(found))


def _written(package: Package, folder: Path) -> dict[str, Path]:
    spec = package.spec
    if spec.prompt is not None and "text" in spec.submission.formats:
        # The hidden row, and not a word of what is wanted.
        path = folder / "bare.txt"
        path.write_text("\n".join(f"{{{{{name}}}}}" for name in spec.prompt.fields), encoding="utf-8")
        return {"bare": path}
    if spec.kind in {"program", "function", "service"}:
        return write_programs(package, folder)
    if spec.scoring.scorer == "records" and spec.kind == "predictions":
        return write_record_probes(package, folder)
    if spec.kind != "predictions":
        raise NoProbe(f"kind {spec.kind} has no submission that knows nothing")
    wanted = ("npy",) if spec.scoring.scorer == "arrays" else _TABLES
    file_format = next((one for one in wanted if one in spec.submission.formats), None)
    if file_format is None:
        raise NoProbe(f"none is made as {', '.join(spec.submission.formats)}")
    return write_probes(package, file_format, folder)


def _as_example(name: str, path: Path) -> Example:
    file_format = FORMAT_OF_SUFFIX.get(path.suffix, "")
    return Example(name, "other", path, path.name, file_format, ("AC", "WA"), None, {})


def _primary(package: Package) -> MetricFacts:
    scoring = package.spec.scoring
    for derived in scoring.derived:
        if derived.key == scoring.primary:
            return MetricFacts(name=derived.name, higher_is_better=derived.higher_is_better)
    return metric_facts(package.spec)[scoring.primary]


def _faults(
    name: str,
    result: JudgementResult,
    good: Sequence[JudgementResult],
    primary: MetricFacts,
    *,
    must_pass: bool,
) -> Iterator[tuple[str, str]]:
    if must_pass and result.verdict not in _ACCEPTED:
        said = result.messages[0].code if result.messages else ""
        message = f"the {name} submission, of the shape that is asked for, ended with {result.verdict.value}"
        yield "probe-refused", f"{message} ({said}) {result.admin_detail[-300:]}".strip()
        return
    sign = 1 if primary.higher_is_better else -1
    best = primary.highest if primary.higher_is_better else primary.lowest
    for split in ("score", "score_private"):
        value = getattr(result, split)
        others = [other for one in good if (other := getattr(one, split)) is not None]
        if value is None:
            continue
        where = "public" if split == "score" else "private"
        if others and sign * value >= sign * max(others, key=lambda other: sign * other):
            yield (
                "probe-wins",
                f"the {name} submission scores {value:g} ({where}), no less than the good example",
            )
        elif best is not None and math.isclose(value, best, abs_tol=1e-12):
            yield "probe-perfect", f"the {name} submission has the best possible score, {value:g} ({where})"
