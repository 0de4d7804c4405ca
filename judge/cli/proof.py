"""What `judge problem check` found out, as a table and as JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

from judge.worker.probes import Probed
from judge.worker.proving import ExampleResult
from problems.errors import Finding
from problems.loader import Package
from sandboxes.base import ProviderReport

WIDTH = 160


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome of checking one package.

    Attributes:
        name: slug, or the path when the package cannot even be read.
        package: None when it cannot be read or built.
        findings: of reading, building and lint.
        results: of judging the examples; empty when something before was wrong.
        sandbox: where they were judged.
        probed: submissions that know nothing.
    """

    name: str
    package: Package | None
    findings: Sequence[Finding] = ()
    results: Sequence[ExampleResult] = field(default=())
    sandbox: ProviderReport | None = None
    probed: Probed = field(default_factory=Probed)

    @property
    def is_good(self) -> bool:
        """Whether the package may be published: no error, and every example kept its promise."""
        is_proven = bool(self.results) and all(result.is_right for result in self.results)
        return is_proven and not self.has_error

    @property
    def has_error(self) -> bool:
        """Whether anything was found that stops publication."""
        return any(finding.severity == "error" for finding in self.findings)


def as_json(proof: Proof) -> str:
    """Return the proof as one JSON document."""
    package = proof.package
    document = {
        "problem": proof.name,
        "version": package.spec.version if package else None,
        "sha256": package.sha256 if package else None,
        "is_good": proof.is_good,
        "findings": [
            {
                "code": finding.code,
                "message": finding.message,
                "file": finding.file,
                "line": finding.line,
                "severity": finding.severity,
            }
            for finding in proof.findings
        ],
        "examples": [_example_json(result) for result in proof.results],
        "probes": [asdict(probe) for probe in proof.probed.probes],
        "probes_note": proof.probed.note,
        "sandbox": proof.sandbox.name if proof.sandbox else None,
        "is_weaker": proof.sandbox.is_weaker if proof.sandbox else None,
    }
    return json.dumps(document, indent=2, allow_nan=False)


def _example_json(result: ExampleResult) -> dict[str, object]:
    example = result.example
    return {
        "name": example.name,
        "role": example.role,
        "expected": list(example.verdicts),
        "range": list(example.score) if example.score else None,
        "verdict": result.result.verdict.value,
        "score": result.result.score,
        "messages": [message.model_dump() for message in result.result.messages],
        "is_right": result.is_right,
        "complaint": result.complaint,
    }


def show(proof: Proof) -> None:
    """Print the proof for people."""
    console = Console(
        width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False, emoji=False
    )
    for finding in proof.findings:
        console.print(str(finding), style="red" if finding.severity == "error" else "yellow")
    if proof.results:
        console.print(_table(proof.results))
    for one in proof.probed.probes:
        score = "no score" if one.score is None else f"{one.score:.5g}"
        console.print(f"{one.name} submission: {one.verdict}, {score}", style="dim")
    if proof.probed.note:
        console.print(f"constant and random submission: {proof.probed.note}", style="dim")
    if proof.sandbox is not None and proof.sandbox.is_weaker:
        console.print(
            f"judged in the {proof.sandbox.name} sandbox, which is weaker than Docker's", style="dim"
        )
    n_right = sum(result.is_right for result in proof.results)
    outcome = "may be published" if proof.is_good else "must not be published"
    console.print(
        f"{proof.name}: {n_right} of {len(proof.results)} examples as promised; {outcome}", style="bold"
    )


def _table(results: Sequence[ExampleResult]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Example", "Role", "Expected", "Verdict", "Score", ""):
        table.add_column(column, overflow="fold")
    for result in results:
        example, outcome = result.example, result.result
        expected = "/".join(example.verdicts)
        if example.score is not None:
            expected += f" {example.score[0]:g}–{example.score[1]:g}"
        score = "–" if outcome.score is None else f"{outcome.score:.5g}"
        said = "ok" if result.is_right else result.complaint
        style = None if result.is_right else "red"
        table.add_row(example.name, example.role, expected, outcome.verdict.value, score, said, style=style)
    return table
