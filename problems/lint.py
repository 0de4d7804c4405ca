"""Static proof of a package: what can be known about it without running a submission.

Codes, beside those of `lint_text` and `lint_leaks`:

    not-built, inputs-missing, inputs-unused, starter-missing, prepare-undeclared, prepare-missing,
    example-role, example-missing, example-undeclared, example-format, example-size, language, gpu-image
"""

import re
from collections.abc import Iterator

from problems.errors import Finding
from problems.lint_leaks import check_leaks
from problems.lint_text import check_statements
from problems.loader import MANIFEST, Package
from problems.schema import REQUIRED_ROLES

_CJK = re.compile(r"[\u4e00-\u9fff]")
_MIB = 1024 * 1024


def lint(package: Package) -> list[Finding]:
    """Check a loaded package.

    Args:
        package: built or not; an unbuilt one is an error here.

    Returns:
        Findings, errors first, then by place. A package may be published when none is an error.
    """
    found = [
        *_check_layout(package),
        *_check_languages(package),
        *_check_examples(package),
        *check_statements(package),
        *check_leaks(package),
    ]
    return sorted(found, key=lambda item: (item.severity, item.file, item.line, item.code))


def _check_layout(package: Package) -> Iterator[Finding]:
    spec = package.spec
    if not package.is_built:
        yield Finding("not-built", "hidden/reference is empty; build the package first")
    inputs = package.below("hidden/inputs")
    if spec.kind == "model" and package.is_built and not inputs:
        yield Finding("inputs-missing", "kind model needs inputs for the submission", "hidden/inputs")
    if spec.kind in {"predictions", "function"} and inputs:
        yield Finding(
            "inputs-unused", f"kind {spec.kind} gives the submission no inputs; remove them", inputs[0].name
        )
    if spec.gpu is not None and spec.image == "python":
        message = "image python has no library that uses a GPU; say `image: python-ml`"
        yield Finding("gpu-image", message, MANIFEST, severity="warning")
    if not package.below("public/starter"):
        message = "no starter kit; contestants expect a baseline that runs"
        yield Finding("starter-missing", message, "public/starter", severity="warning")
    has_script = "prepare.py" in package.files
    if has_script and spec.data.prepare is None:
        yield Finding("prepare-undeclared", "prepare.py is there but data.prepare does not name it", MANIFEST)
    if spec.data.prepare is not None and not has_script:
        yield Finding("prepare-missing", "data.prepare names a file that is not there", MANIFEST)


def _check_languages(package: Package) -> Iterator[Finding]:
    spec = package.spec
    for key, text in (("names", spec.names), ("summary", spec.summary)):
        if not _CJK.search(text.zh):
            yield Finding("language", f"{key}.zh has no Chinese in it", MANIFEST, severity="warning")
        if _CJK.search(text.en):
            yield Finding("language", f"{key}.en has Chinese in it", MANIFEST, severity="warning")


def _check_examples(package: Package) -> Iterator[Finding]:
    rules = package.spec.examples
    roles = {rule.role for rule in rules.values()}
    for role in REQUIRED_ROLES:
        if role not in roles:
            yield Finding("example-role", f"no example submission of role {role!r}; write one", MANIFEST)
    expected = {f"submissions/{name}/{rule.file}" for name, rule in rules.items()}
    for name in sorted(expected - package.files.keys()):
        yield Finding("example-missing", "declared in problem.yaml but not there; build or add it", name)
    for entry in package.below("submissions"):
        if entry.name not in expected:
            yield Finding("example-undeclared", "not declared under `examples:` in problem.yaml", entry.name)
    yield from _check_example_files(package)


def _check_example_files(package: Package) -> Iterator[Finding]:
    rules = package.spec.submission
    for example in package.examples:
        name = f"submissions/{example.name}/{example.filename}"
        may_be_refused = bool({"PE", "CE"} & set(example.verdicts))
        if example.format not in rules.formats and not may_be_refused:
            yield Finding("example-format", f"format {example.format} is not accepted by this problem", name)
        if package.files[name].n_bytes > rules.max_mib * _MIB and not may_be_refused:
            yield Finding("example-size", f"larger than submission.max_mib ({rules.max_mib:g} MiB)", name)
