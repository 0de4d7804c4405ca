"""Output validators of ICPC packages, as checkers and interactors."""

from typing import Any

from problems.errors import PackageError
from problems.formats import FORMAT_OF_SUFFIX
from problems.importers.document import Document, as_list
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.languages import LANGUAGES

OUTPUT_FOLDERS = ("output_validator", "output_validators")
_TOLERANCES = {
    "float_tolerance": ("absolute", "relative"),
    "float_absolute_tolerance": ("absolute",),
    "float_relative_tolerance": ("relative",),
}


def checker_of(draft: Draft, source: Source, said: Document, report: Report) -> dict[str, Any]:
    """Return the manifest's checker, and copy its program if it has one."""
    validation = said.text("validation", "")
    flags = _flags(source, said)
    program = _program(draft, source, "checker", report)
    if program is not None:
        checker = {"kind": "program", "protocol": "icpc", "source": program}
        return checker | ({"arguments": flags} if flags else {})
    if "custom" in validation:
        raise said.fault(
            "validator-missing", "validation is custom, but there is no output validator", "validation"
        )
    return _default_checker(flags, said, report)


def interactor_of(draft: Draft, source: Source, report: Report) -> str:
    """Copy the interactive output validator; return where it is below hidden/reference.

    Raises:
        PackageError: `validator-missing`.
    """
    program = _program(draft, source, "interactor", report)
    if program is None:
        raise PackageError.at("validator-missing", "an interactive problem needs one", OUTPUT_FOLDERS[0])
    return program


def sources_of(files: list[str]) -> list[str]:
    """Return those names that are source code of a language we have."""
    return [name for name in files if FORMAT_OF_SUFFIX.get("." + name.rpartition(".")[2]) in LANGUAGES]


def _flags(source: Source, said: Document) -> list[str]:
    flags = said.take("validator_flags", [])
    words = flags.split() if isinstance(flags, str) else [str(flag) for flag in as_list(flags)]
    for name in ("data/testdata.yaml", "data/test_group.yaml", "data/secret/test_group.yaml"):
        if name in source.files:
            group = Document(name, source.text(name))
            more = group.take("output_validator_flags") or group.take("output_validator_args")
            words += more.split() if isinstance(more, str) else [str(flag) for flag in as_list(more)]
    return words


def _program(draft: Draft, source: Source, role: str, report: Report) -> str | None:
    for folder in OUTPUT_FOLDERS:
        files = source.below(folder)
        if not files:
            continue
        code = sources_of(list(files))
        if len(code) != 1:
            found = ", ".join(code)[:100] or "none"
            note = f"one source file in C, C++, Java or Python is needed; found {found}"
            report.add(Fate.REFUSED, folder, "output validator", note)
            return None
        for name, file in files.items():
            draft.add(f"hidden/reference/{role}/{name}", file)
        report.add(Fate.MAPPED, f"{folder}/{code[0]}", "output validator", f"runs as the {role}")
        return f"{role}/{code[0]}"
    return None


def _default_checker(flags: list[str], said: Document, report: Report) -> dict[str, Any]:
    """Map the flags of the standard validator. It compares words, ignoring case unless told otherwise."""
    checker: dict[str, Any] = {"kind": "tokens", "ignore_case": "case_sensitive" not in flags}
    line = said.line("validator_flags")
    for index, flag in enumerate(flags):
        if flag in _TOLERANCES and index + 1 < len(flags):
            checker["kind"] = "float"
            for name in _TOLERANCES[flag]:
                checker[name] = _number(flags[index + 1], said)
            report.add(Fate.MAPPED, said.file, flag, flags[index + 1], line=line)
    if "space_change_sensitive" in flags:
        if checker["kind"] == "float":
            note = "with a tolerance it is not checked here"
            report.add(Fate.REFUSED, said.file, "space_change_sensitive", note, line=line)
        else:
            note = "compared byte by byte" + ("" if "case_sensitive" in flags else ", letters' case included")
            checker = {"kind": "exact"}
            report.add(Fate.ADAPTED, said.file, "space_change_sensitive", note, line=line)
    report.add(Fate.MAPPED, said.file, "default output validator", str(checker["kind"]), line=line)
    return checker


def _number(text: str, said: Document) -> float:
    try:
        return float(text)
    except ValueError:
        raise said.fault("bad-value", f"{text[:40]!r} is no tolerance", "validator_flags") from None
