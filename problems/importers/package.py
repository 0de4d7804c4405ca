"""Writes what was imported as a package of ours, and reads it back to be sure that it is one."""

import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from problems.errors import PackageError
from problems.loader import MANIFEST, Package, load
from problems.names import name_fault

_NOT_TRANSLATED = "*本题面由其他平台导入，尚未译成中文。*\n\n"
_CJK = re.compile(r"[\u4e00-\u9fff]")
MAX_SLUG = 50


def slug_of(name: str) -> str:
    """Return a slug for a foreign name; `imported` where no letter of it can be used."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-")
    return slug if len(slug) > 1 else f"imported-{slug}".strip("-")


def line_of(text: str, limit: int = 200) -> str:
    """Return text as one line without control characters, for a field of the manifest."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class _Plain(yaml.SafeDumper):
    """Writes every value out: manifests have no aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


class Draft:
    """A package that is being written.

    Args:
        parent: existing folder; the package becomes a folder of it.
        slug: of the problem.

    Raises:
        PackageError: `package-exists`: something of this name is there already.
    """

    def __init__(self, parent: Path, slug: str) -> None:
        self.folder = parent / slug
        if self.folder.exists():
            raise PackageError.at("package-exists", f"{slug} is there already; remove it first", slug)
        self.folder.mkdir()
        self.manifest: dict[str, Any] = {"format": 1, "slug": slug, "version": "1.0.0"}

    def add(self, name: str, content: Path | bytes | str) -> None:
        """Write one file.

        Args:
            name: path in the package.
            content: a file to copy, bytes, or text.

        Raises:
            PackageError: `bad-name`: a package cannot hold a file of this name.
        """
        fault = name_fault(name)
        if fault:
            raise PackageError.at("bad-name", fault, name[:200])
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def names(self, name: str, summary: str) -> None:
        """State the problem's name and summary in both languages, with what there is of them."""
        name, summary = line_of(name) or self.folder.name, line_of(summary) or line_of(name)
        self.manifest["names"] = {"en": name, "zh": name}
        self.manifest["summary"] = {"en": summary, "zh": summary}

    def statement(self, markdown: str, *, zh: str = "") -> None:
        """Write the statement; where there is none in Chinese, the other one with a line that says so."""
        if not zh and _CJK.search(markdown[:2000]):
            zh = markdown
        self.add("statement/en.md", markdown)
        self.add("statement/zh.md", zh or _NOT_TRANSLATED + markdown)

    def example(self, name: str, filename: str, content: Path | bytes | str, **rule: Any) -> str:  # noqa: ANN401
        """Add an example submission; return the name it got.

        Args:
            name: wanted; made unique and plain.
            filename: to be handed in under.
            content: of the file.
            rule: of the manifest: `role`, `verdict`, `score`.
        """
        examples = self.manifest.setdefault("examples", {})
        base = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:44].strip("-_") or "example"
        unique, number = base, 1
        while unique in examples:
            number += 1
            unique = f"{base}-{number}"
        filename = re.sub(r"[^A-Za-z0-9._-]+", "_", filename).lstrip("._-")[:100] or "submission"
        self.add(f"submissions/{unique}/{filename}", content)
        examples[unique] = {"role": rule.pop("role"), "file": filename, **rule}
        return unique

    def finish(self) -> Package:
        """Write the manifest and read the whole back.

        Raises:
            PackageError: it is no package of ours: something foreign was mapped to what we do not allow.
        """
        text = yaml.dump(self.manifest, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
        (self.folder / MANIFEST).write_text(text, encoding="utf-8")
        return load(self.folder)

    def discard(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self.folder, ignore_errors=True)
