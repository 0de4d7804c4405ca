"""The road of a proof: build, read, lint, judge the examples, look at limits and at who knows nothing."""

import codecs
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from judge.cli.proof import Proof
from judge.cli.proof_models import find_unmet_gateway, open_desk
from judge.cli.providing import open_provider
from judge.settings import Settings
from judge.worker.bench import SandboxSource
from judge.worker.gateway.desk import Desk
from judge.worker.lint_scoring import lint_scoring
from judge.worker.proving import ExampleResult, check_example, conclude
from judge.worker.verdicts import clean_text
from problems.build_proof import build_and_compare
from problems.errors import BuildError, Finding, PackageError
from problems.lint import in_order, lint, softened
from problems.loader import MANIFEST, Package, load
from sandboxes.pool import Pool

PIECE = 8192  # characters shown at one time


def prove(folder: Path, settings: Settings, *, is_fast: bool = False, is_watched: bool = False) -> Proof:
    """Build, read, lint and judge a package.

    Args:
        folder: of the package; built in place when that can be written, else below `home`.
        settings: says which sandbox and where the cache is.
        is_fast: leave out what costs time and rarely finds anything: the second build, the probes.
        is_watched: show on stderr what example programs write while they run.

    Returns:
        What was found; judging is left out when something before is wrong.
    """
    try:
        out = None if os.access(folder, os.W_OK) else settings.home / "packages" / folder.name
        built = build_and_compare(folder, cache=settings.home / "cache", out=out, is_fast=is_fast)
        package = load(built.folder)
    except PackageError as error:
        return Proof(folder.name, None, error.findings)
    except BuildError as error:
        return Proof(folder.name, None, (Finding(error.code, str(error), "prepare.py"),))
    findings = in_order([*built.findings, *lint(package), *softened(package, lint_scoring(package))])
    proof = Proof(package.spec.slug, package, findings)
    if proof.has_error:
        return proof
    return _judged(package, proof, settings, is_fast=is_fast, is_watched=is_watched)


def _judged(package: Package, proof: Proof, settings: Settings, *, is_fast: bool, is_watched: bool) -> Proof:
    # One example at a time leaves cores over: the next one's sandbox warms while this one is judged.
    findings = list(proof.findings)
    if package.spec.gpu is not None:
        # A device might be lent to a submission at this moment: only workers may take one.
        message = "its examples were judged on the CPU; hand one in to see it on a GPU"
        findings.append(Finding("gpu-unproven", message, MANIFEST, severity="warning"))
    if unmet := find_unmet_gateway(package, settings):
        return replace(proof, findings=in_order([*findings, unmet]))
    with (
        open_provider(settings, "proving") as provider,
        contextlib.closing(Pool(provider, n_spare_cores=2)) as pool,
        open_desk(package, settings) as desk,
    ):
        results = _results(package, pool, desk, is_watched=is_watched)
        proof = replace(proof, results=results, sandbox=provider.report())
        if all(result.is_right for result in results):
            _progress("looking at limits, and judging what knows nothing")
            concluded = conclude(package, results, pool, desk=desk, is_fast=is_fast)
            findings += softened(package, list(concluded.findings))
            proof = replace(proof, probed=concluded.probed)
        _progress("")
    return replace(proof, findings=in_order(findings))


def _results(
    package: Package, source: SandboxSource, desk: Desk, *, is_watched: bool
) -> Sequence[ExampleResult]:
    results = []
    for example in package.examples:
        if is_watched:
            sys.stderr.write(f"── {example.name}\n")
        else:
            _progress(f"judging {example.name}")
        results.append(check_example(package, example, source, _screen() if is_watched else None, desk))
    return results


def _screen() -> Callable[[bytes], None]:
    """Return what writes a program's output to stderr as it comes, without what steers a terminal."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def show(body: bytes) -> None:
        lines = decode(body).replace("\r\n", "\n").replace("\r", "\n")  # progress bars redraw their line
        for at in range(0, len(lines), PIECE):
            sys.stderr.write(clean_text(lines[at : at + PIECE].encode()))
        sys.stderr.flush()

    return show


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what} …" if what else "\r\x1b[K")
        sys.stderr.flush()
