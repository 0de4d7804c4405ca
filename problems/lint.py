"""Static proof of a package: what can be known about it without running a submission.

Codes, beside those of `lint_layout`, `lint_reference`, `lint_examples`, `lint_text`, `lint_prompt` and
`lint_leaks`: language, gpu-image, unknown-column.
What an importer cannot know of another platform's problem is a warning there: see `SOFT`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from problems.errors import Finding
from problems.lint_examples import check_examples
from problems.lint_layout import check_layout
from problems.lint_leaks import check_leaks
from problems.lint_prompt import check_prompt
from problems.lint_reference import check_reference
from problems.lint_text import check_statements
from problems.loader import MANIFEST, Package
from problems.manifest import Lines

_CJK = re.compile(r"[\u4e00-\u9fff]")
# Other platforms ask for no such thing. Whoever publishes the problem here sees what is wanting.
SOFT = frozenset(
    {
        "statement-size", "statement-maths", "link-broken", "link-anchor", "link-address", "link-scheme",
        "picture-missing", "picture-external", "picture-broken", "example-role", "split-empty",
        "limit-tight", "not-stopped",
    }
)  # fmt: skip


def lint(package: Package) -> list[Finding]:
    """Check a loaded package.

    Args:
        package: built or not; an unbuilt one is an error here.

    Returns:
        Findings, errors first, then by place. A package may be published when none is an error.
    """
    lines = lines_of(package)
    found = [
        *check_layout(package, lines),
        *_check_manifest(package, lines),
        *check_examples(package, lines),
        *check_reference(package),
        *check_prompt(package, lines),
        *check_statements(package),
        *check_leaks(package),
    ]
    return in_order(softened(package, found))


def lines_of(package: Package) -> Lines:
    """Return where things stand in a package's manifest."""
    return Lines(package.files[MANIFEST].path.read_bytes())


def softened(package: Package, findings: list[Finding]) -> list[Finding]:
    """Return the findings, with those as warnings that an imported package cannot be blamed for."""
    if package.spec.origin is None:
        return findings
    return [replace(one, severity="warning") if one.code in SOFT else one for one in findings]


def in_order(findings: list[Finding]) -> list[Finding]:
    """Return findings, errors first, then by place."""
    return sorted(findings, key=lambda item: (item.severity, item.file, item.line, item.code))


def _check_manifest(package: Package, lines: Lines) -> Iterator[Finding]:
    spec = package.spec
    for key, text in (("names", spec.names), ("summary", spec.summary)):
        if not _CJK.search(text.zh):
            message, line = f"{key}.zh has no Chinese in it", lines.of(key, "zh")
            yield Finding("language", message, MANIFEST, line, severity="warning")
        if _CJK.search(text.en):
            message, line = f"{key}.en has Chinese in it", lines.of(key, "en")
            yield Finding("language", message, MANIFEST, line, severity="warning")
    if unknown := set(spec.leaderboard.columns) - set(spec.scoring.keys):
        message = f"no metric of this problem: {', '.join(sorted(unknown))}"
        yield Finding("unknown-column", message, MANIFEST, lines.of("leaderboard", "columns"))
    if spec.gpu is not None and spec.image == "python":
        message = "image python has no library that uses a GPU; say `image: python-ml`"
        yield Finding("gpu-image", message, MANIFEST, lines.of("image"), severity="warning")
