"""Output validators of ICPC packages, as checkers and interactors."""

from collections.abc import Sequence
from typing import Any

from problems.errors import PackageError
from problems.importers.document import Document
from problems.importers.icpc_groups import GroupSettings, words_of
from problems.importers.package import Draft
from problems.importers.programs import sources_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source

OUTPUT_FOLDERS = ("output_validator", "output_validators")
_TOLERANCES = {
    "float_tolerance": ("absolute", "relative"),
    "float_absolute_tolerance": ("absolute",),
    "float_relative_tolerance": ("relative",),
}


_KEYS = ("output_validator_flags", "output_validator_args")


class Told:
    """What output validators are told: `validator_flags` of the problem, and arguments of each group.

    Args:
        said: problem.yaml.
        settings: of the test groups.
        groups: paths of those that hold cases.

    Raises:
        PackageError: arguments cannot be read.
    """

    def __init__(self, said: Document, settings: GroupSettings, groups: Sequence[str]) -> None:
        line = said.line("validator_flags")
        shared = words_of(said.take("validator_flags"), said.file, line)
        # Deeper groups first: a pattern also matches what lies deeper.
        ordered = sorted(groups, key=lambda group: (-group.count("/"), group))
        self._by_group = {group: shared + settings.arguments(group, *_KEYS) for group in ordered}
        self._settings = settings

    def of_a_program(self, report: Report) -> dict[str, Any]:
        """Return `arguments` for all cases, or `groups` where they differ."""
        found = set(self._by_group.values())
        if len(found) > 1:
            for group, arguments in self._by_group.items():
                place = self._settings.find(group, *_KEYS)
                note = f"validator arguments of {group}: {' '.join(arguments)[:100]}"
                report.add(Fate.MAPPED, place.file, _KEYS[0], note, line=place.line)
            groups = [
                {"cases": [f"{group}/*"], "arguments": list(arguments)}
                for group, arguments in self._by_group.items()
            ]
            return {"groups": groups}
        arguments = next(iter(found), ())
        return {"arguments": list(arguments)} if arguments else {}

    def of_all(self, report: Report) -> list[str]:
        """Return the arguments that all cases share; those of the secret ones where samples differ."""
        secret = {key: value for key, value in self._by_group.items() if key.startswith("secret")}
        for group, arguments in secret.items():
            if arguments != next(iter(secret.values())):
                place = self._settings.find(group, *_KEYS)
                note = f"{group} has its own: the default validator is told the same of all cases here"
                report.add(Fate.REFUSED, place.file, _KEYS[0], note, line=place.line)
        return list(next(iter(secret.values()), ()))


def checker_of(draft: Draft, source: Source, said: Document, told: Told, report: Report) -> dict[str, Any]:
    """Return the manifest's checker, and copy its program if it has one."""
    validation = said.text("validation", "")
    program = _program(draft, source, "checker", report)
    if program is not None:
        return {"kind": "program", "protocol": "icpc", "source": program} | told.of_a_program(report)
    if "custom" in validation:
        raise said.fault(
            "validator-missing", "validation is custom, but there is no output validator", "validation"
        )
    return _default_checker(told.of_all(report), said, report)


def interactor_of(draft: Draft, source: Source, told: Told, report: Report) -> dict[str, Any]:
    """Copy the interactive output validator; return what the manifest says of it.

    Raises:
        PackageError: `validator-missing`.
    """
    program = _program(draft, source, "interactor", report)
    if program is None:
        raise PackageError.at("validator-missing", "an interactive problem needs one", OUTPUT_FOLDERS[0])
    return {"interactor": program} | told.of_a_program(report)


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
