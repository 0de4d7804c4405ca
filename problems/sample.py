"""What a smoke test judges a submission on, where there is anything: nothing that is hidden.

A smoke test is free of quota, so it must tell nothing that a submission pays for. It runs on the folder
`public/sample` (with `inputs` and `reference` as the hidden ones are laid out, which contestants have
too), or on the test cases of the split `sample`. Predictions see no data: their form is checked against
all rows, and scores are told of the split `sample` alone.
"""

from collections.abc import Iterable
from enum import StrEnum

from problems.schema import Spec

SAMPLE_INPUTS = "public/sample/inputs/"
SAMPLE_REFERENCE = "public/sample/reference/"


class Sample(StrEnum):
    """Where a problem's sample is."""

    FOLDER = "folder"  # public/sample
    CASES = "cases"  # test cases of the split `sample`
    ROWS = "rows"  # rows of the split `sample`; the form is checked in any case


def sample_of(spec: Spec, files: Iterable[str]) -> Sample | None:
    """Return where the sample of a problem is; None when it has none.

    Args:
        spec: of the problem.
        files: paths of its package.
    """
    if spec.kind == "predictions":
        return Sample.ROWS  # a file answers the hidden rows, whatever the folder holds
    if any(name.startswith(SAMPLE_REFERENCE) for name in files):
        return Sample.FOLDER
    patterns = spec.interactive.sample if spec.interactive else ()
    if spec.program is not None and spec.program.cases is not None:
        patterns = spec.program.cases.sample
    return Sample.CASES if patterns else None
