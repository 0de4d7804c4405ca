"""Checks the example submissions as far as that goes without judging them.

Codes: example-role, example-none, example-missing, example-undeclared, example-format, example-size
"""

from collections.abc import Iterator

from problems.errors import Finding
from problems.loader import MANIFEST, Package
from problems.manifest import Lines
from problems.schema import REQUIRED_ROLES

_MIB = 1024 * 1024


def check_examples(package: Package, lines: Lines) -> Iterator[Finding]:
    """Check that the examples are complete, declared, there, and could be handed in.

    Args:
        package: a loaded package.
        lines: of its manifest.

    Yields:
        Findings.
    """
    rules = package.spec.examples
    if not rules:
        message = "no example submission: nothing shows that this problem can be judged"
        yield Finding("example-none", message, MANIFEST, lines.of("examples"))
    roles = {rule.role for rule in rules.values()}
    for role in REQUIRED_ROLES:
        if role not in roles:
            message = f"no example submission of role {role!r}; write one"
            yield Finding("example-role", message, MANIFEST, lines.of("examples"))
    expected = {f"submissions/{name}/{rule.file}": name for name, rule in rules.items()}
    for file in sorted(expected.keys() - package.files.keys()):
        line = lines.of("examples", expected[file], "file")
        message = f"declared in {MANIFEST}:{line} but not there; build or add it"
        yield Finding("example-missing", message, file)
    for entry in package.below("submissions"):
        if entry.name not in expected:
            yield Finding("example-undeclared", "not declared under `examples:` in problem.yaml", entry.name)
    yield from _check_files(package)


def _check_files(package: Package) -> Iterator[Finding]:
    rules = package.spec.submission
    for example in package.examples:
        name = f"submissions/{example.name}/{example.filename}"
        may_be_refused = bool({"PE", "CE"} & set(example.verdicts))
        if example.format not in rules.formats and not may_be_refused:
            yield Finding("example-format", f"format {example.format} is not accepted by this problem", name)
        if package.files[name].n_bytes > rules.max_mib * _MIB and not may_be_refused:
            yield Finding("example-size", f"larger than submission.max_mib ({rules.max_mib:g} MiB)", name)
