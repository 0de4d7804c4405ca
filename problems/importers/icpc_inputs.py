"""Runs the input validators of an ICPC package on its test cases, before anybody relies on these."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from problems.errors import PackageError
from problems.importers.icpc_groups import GroupSettings
from problems.importers.programs import Call, Ran, Runner, sources_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source

_FOLDERS = ("input_validators", "input_format_validators")
_KEYS = ("input_validator_flags", "input_validator_args")
_ACCEPTED = 42


def check_inputs(
    source: Source, settings: GroupSettings, cases: Sequence[str], report: Report, runner: Runner | None
) -> None:
    """Let every input validator look at every case; what one does not accept refuses the import.

    Args:
        source: the package.
        settings: of its test groups, with arguments for validators.
        cases: names below `data`.
        report: told of each validator.
        runner: runs them; None leaves them out.
    """
    for folder in _FOLDERS:
        programs: dict[str, dict[str, Path]] = defaultdict(dict)
        for name, file in source.below(folder).items():
            programs[name.partition("/")[0]][name.rpartition("/")[2]] = file
        for name, files in sorted(programs.items()):
            place, code = f"{folder}/{name}", sources_of(list(files))
            if len(code) != 1:
                note = "not run: no single source file in a language we have"
                report.add(Fate.LEFT_OUT, place, "input validator", note)
            elif runner is None:
                report.add(Fate.LEFT_OUT, place, "input validator", "not run: there is no sandbox for it")
            else:
                _run(runner, place, code[0], files, _calls(source, settings, cases, name), report)


def _calls(source: Source, settings: GroupSettings, cases: Sequence[str], name: str) -> list[Call]:
    program = name.partition(".")[0]
    return [
        Call(
            f"data/{case}.in",
            settings.arguments(case.rpartition("/")[0], *_KEYS, program=program),
            source.files[f"data/{case}.in"],
        )
        for case in cases
    ]


def _run(
    runner: Runner, place: str, code: str, files: Mapping[str, Path], calls: Sequence[Call], report: Report
) -> None:
    siblings = {name: file for name, file in files.items() if name != code}
    try:
        results: Sequence[Ran] = runner.run(files[code], siblings, calls, wanted=_ACCEPTED)
    except PackageError as error:
        report.add(Fate.REFUSED, place, "input validator", error.findings[0].message)
        return
    last = results[-1]
    if last.exit_code == _ACCEPTED and len(results) == len(calls):
        report.add(Fate.MAPPED, place, "input validator", f"accepts all {len(calls)} test cases")
        return
    note = f"{place} does not accept it with {_ACCEPTED}: {last.detail}"
    report.add(Fate.REFUSED, calls[len(results) - 1].name, "input validator", note[:500])
