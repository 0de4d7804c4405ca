"""Small problems that are judged as they are, one of each kind, for an organizer to start from and change.

They lie in `scaffolds/`, each a package like any other; a kind that can be made in two ways has a second one
called `<kind>-cases`.
"""

import re
import shutil
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from problems.errors import PackageError
from problems.fields import Slug
from problems.loader import IGNORED, MANIFEST

SCAFFOLDS = Path(__file__).with_name("scaffolds")
_CASES = "-cases"
_SLUG_LINE = re.compile(r"^slug: \S+", re.MULTILINE)


def list_kinds() -> list[str]:
    """Return the kinds that there is a scaffold for."""
    return sorted(path.name for path in SCAFFOLDS.iterdir() if not path.name.endswith(_CASES))


def scaffold(kind: str, target: Path, *, has_cases: bool = False) -> list[str]:
    """Write a package that passes its check.

    Args:
        kind: of the problem.
        target: its folder, which is not there yet, or empty; the name is the problem's slug.
        has_cases: test cases on stdin and stdout, for a kind that can be judged without.

    Returns:
        Names of the files in it.

    Raises:
        PackageError: `scaffold-kind`, `scaffold-cases`, `scaffold-slug` or `scaffold-exists`; nothing was
            written.
        OSError: the folder cannot be written.
    """
    source = _source(kind, has_cases=has_cases)
    _check_target(target)
    shutil.copytree(
        source,
        target,
        ignore=shutil.ignore_patterns(*IGNORED),
        copy_function=shutil.copyfile,  # an installed template may be read-only; the copy is not
        dirs_exist_ok=True,
    )
    manifest = target / MANIFEST
    text = _SLUG_LINE.sub(f"slug: {target.name}", manifest.read_text("utf-8"), count=1)
    manifest.write_text(text, "utf-8")
    return sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())


def _source(kind: str, *, has_cases: bool) -> Path:
    if kind not in list_kinds():
        raise PackageError.at("scaffold-kind", f"there is no kind {kind!r}; choose {', '.join(list_kinds())}")
    source = SCAFFOLDS / (kind + _CASES if has_cases else kind)
    if not source.is_dir():
        having = [path.name.removesuffix(_CASES) for path in SCAFFOLDS.glob(f"*{_CASES}")]
        message = f"there is no scaffold of kind {kind} with test cases, only of {', '.join(having)}"
        raise PackageError.at("scaffold-cases", message)
    return source


def _check_target(target: Path) -> None:
    try:
        TypeAdapter(Slug).validate_python(target.name)
    except ValidationError:
        message = (
            f"the folder's name is the problem's slug, and {target.name!r} can be none: "
            "2 to 50 of a-z, 0-9 and -, without - at its ends"
        )
        raise PackageError.at("scaffold-slug", message) from None
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise PackageError.at("scaffold-exists", f"{target} is there already; name a folder that is not")
