"""Looks for the reference where a contestant could reach it.

Ways in which it has leaked elsewhere: the very file copied to the inputs, or packed into an archive; a table
whose column, matched by id, is the label; labels in the order of the reference; the hidden rows among the
training data; answers in a text; the sources of hidden tests in the starter kit. Hidden inputs that stand in
the training data without their labels are a warning: the score then measures memory.

Codes: reference-exposed, labels-exposed, labels-recoded, rows-exposed, requests-exposed, answers-exposed,
source-exposed, inputs-in-training, archive-unchecked, tables-unchecked.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from problems.casenames import ANSWER, split_of
from problems.errors import Finding
from problems.lint_leaks_lines import check_answers, check_pairs, check_sources
from problems.lint_leaks_pieces import Opener, Piece
from problems.lint_leaks_records import check_records
from problems.loader import Package, PackageFile

_REFERENCE = "hidden/reference"
# Smaller files are the same by chance; they count under the same name alone.
_MIN_BYTES = 24
_MAX_PAIRS = 1_000_000
_KEEP = "; contestants or their programs can read it: keep what is true below hidden/reference/ alone"
_REMEDIES = {
    **dict.fromkeys(("reference-exposed", "labels-exposed", "labels-recoded", "rows-exposed"), _KEEP),
    **dict.fromkeys(("requests-exposed", "answers-exposed", "source-exposed"), _KEEP),
    "inputs-in-training": "; the score then measures memory: draw other rows for one of them",
}


def check_leaks(package: Package) -> Iterator[Finding]:
    """Compare everything contestants or their code can read with the reference.

    Args:
        package: a loaded package.

    Yields:
        Findings, each file and code once.
    """
    seen: set[tuple[str, str]] = set()
    with tempfile.TemporaryDirectory(prefix="lint-") as scratch:
        for finding in _compared(package, Opener(Path(scratch))):
            if (finding.code, finding.file) not in seen:
                seen.add((finding.code, finding.file))
                remedy = _REMEDIES.get(finding.code, "")
                yield replace(finding, message=finding.message + remedy)


def _compared(package: Package, opener: Opener) -> Iterator[Finding]:
    samples = [entry for entry in package.below(_REFERENCE) if _is_sample(package, entry)]
    secret = [entry for entry in package.below(_REFERENCE) if entry not in samples]
    own = [package.files["scorer.py"]] if "scorer.py" in package.files else []
    reference = opener.pieces([*secret, *own])
    inputs = opener.pieces(package.below("hidden/inputs"))
    public = opener.pieces([*package.below("public"), *package.below("statement")])
    reachable = [*public, *inputs]
    yield from _check_same(reference, {entry.sha256 for entry in samples}, reachable)
    yield from check_sources(reference, reachable)
    answers = {
        piece.name.removeprefix(f"{_REFERENCE}/").removesuffix(ANSWER): piece
        for piece in reference
        if piece.name.endswith(ANSWER)
    }
    if answers:
        yield from check_answers(answers, reachable)
    yield from _check_data(package, reference, inputs, public)
    if opener.is_cut:
        message = "archives are too deep or too large to be taken apart; not all of them was compared"
        yield Finding("archive-unchecked", message, severity="warning")


def _is_sample(package: Package, entry: PackageFile) -> bool:
    """Whether a file is the answer of a test case that contestants may see."""
    spec = package.spec
    rules = spec.program.cases if spec.program else spec.interactive
    case = entry.name.removeprefix(f"{_REFERENCE}/").removesuffix(ANSWER)
    return rules is not None and entry.name.endswith(ANSWER) and split_of(case, rules) == "sample"


def _check_same(
    reference: Sequence[Piece], samples: set[str], reachable: Sequence[Piece]
) -> Iterator[Finding]:
    by_hash = {
        piece.sha256: piece
        for piece in reference
        if piece.n_bytes
        and piece.sha256 not in samples
        and not piece.own_name.startswith(("LICENSE", "COPYING"))
    }
    for piece in reachable:
        same = by_hash.get(piece.sha256)
        if same is None:
            continue
        # Arrays of an archive are compared by what they hold: many have the same names of classes.
        is_member = "!" in same.name and same.suffix == ".npy"
        if (piece.n_bytes >= _MIN_BYTES and not is_member) or piece.own_name == same.own_name != "split.npy":
            yield Finding("reference-exposed", f"is the same as {same.name}", piece.name)


def _check_data(
    package: Package, reference: Sequence[Piece], inputs: Sequence[Piece], public: Sequence[Piece]
) -> Iterator[Finding]:
    try:
        from problems import lint_leaks_rows, lint_leaks_tables, lint_leaks_truth
    except ImportError:
        message = "numpy and pandas are not installed; tables and arrays were not compared"
        yield Finding("tables-unchecked", message, severity="warning")
        return
    reachable = [*public, *inputs]
    truth = lint_leaks_truth.hidden_truth(package.spec, reference)
    yield from lint_leaks_tables.check_tables(truth, reachable)
    yield from lint_leaks_tables.check_arrays(truth, reachable)
    yield from lint_leaks_rows.check_rows(truth, reference, inputs, public)
    yield from check_records(package.spec, reference, reachable)
    texts = [piece for piece in reachable if lint_leaks_truth.read_table(piece) is None]
    for labels in truth.labels:
        if labels.ids is not None and len(labels.values) <= _MAX_PAIRS:
            pairs = dict(zip(labels.ids, labels.values, strict=True))
            yield from check_pairs(labels.source, pairs, texts)
