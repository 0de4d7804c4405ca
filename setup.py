"""Build steps that pyproject.toml cannot express.

Translations are compiled into the wheel, and the catalogue travels as sources only: what a package's
`prepare.py` built in this checkout (listed by the catalogue's own `.gitignore`) stays out, also where no
version control is at hand. The hostile programs of the tests travel as `sandboxes/attacks/`, so that
`judge doctor --attack` has them where there is no checkout.
"""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
CATALOGUE = ROOT / "problems" / "catalog"
ATTACKS = ROOT / "tests" / "conformance" / "attacks"
TRANSLATIONS = ROOT / "web" / "translations"
NEVER = {"__pycache__", ".DS_Store"}


class Build(build_py):
    """Compiles `.po` to `.mo` and leaves built data behind."""

    def run(self) -> None:
        """Compile, then build as usual; an editable install compiles too."""
        compile_translations()
        super().run()
        if not self.editable_mode:
            self.copy_attacks()

    def copy_attacks(self) -> None:
        """Put the hostile programs beside the package that runs them."""
        target = Path(self.build_lib) / "sandboxes" / "attacks"
        for source in sorted(ATTACKS.rglob("*.py")):
            if is_source(source, []):
                place = target / source.relative_to(ATTACKS)
                self.mkpath(str(place.parent))
                self.copy_file(str(source), str(place))

    def find_data_files(self, package: str, src_dir: str) -> list[str]:
        """Return the package's data files that belong into a wheel."""
        patterns = (CATALOGUE / ".gitignore").read_text(encoding="utf-8").split("\n")
        found = super().find_data_files(package, src_dir)
        return [name for name in found if is_source(Path(name).resolve(), patterns)]


def is_source(path: Path, patterns: list[str]) -> bool:
    """Whether a data file is a source, not something that was built or cached."""
    if NEVER & set(path.parts):
        return False
    if not path.is_relative_to(CATALOGUE.resolve()):
        return True
    relative = PurePosixPath(path.relative_to(CATALOGUE.resolve()).as_posix())
    folders = [part for part in reversed(relative.parents) if part.parts]
    return not any(is_ignored(part, patterns) for part in (*folders, relative))


def is_ignored(path: PurePosixPath, patterns: list[str]) -> bool:
    """Apply git's rule for anchored patterns: component by component, the last match wins."""
    ignored = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        wanted = PurePosixPath(pattern.lstrip("!").strip("/")).parts
        if len(wanted) == len(path.parts) and all(map(fnmatchcase, path.parts, wanted)):
            ignored = not pattern.startswith("!")
    return ignored


def compile_translations() -> None:
    """Write a `.mo` beside each `.po`."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(TRANSLATIONS.rglob("*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3])
        with source.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalogue, use_fuzzy=False)


setup(cmdclass={"build_py": Build})
