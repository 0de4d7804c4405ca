"""Runs organizers' programs outside of a judgement, for importers: each in trusted, single-use sandboxes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from judge.worker.bench import Bench, SandboxSource
from judge.worker.profiles import STANDARD_SCORE, merged
from judge.worker.steps.compile import compile_source
from judge.worker.steps.run_cases import CaseWork, Program, run_cases
from problems.errors import PackageError
from problems.formats import FORMAT_OF_SUFFIX
from problems.importers.programs import Call, Ran
from problems.languages import LANGUAGES
from problems.limits import StepLimits
from sandboxes.base import OutputSpec, Profile
from sandboxes.limits import MIB
from sandboxes.results import Outcome, StepResult

# What a generator writes is a test case: larger than what a program may say.
_LIMITS = StepLimits(
    wall_time_s=30, cpu_time_s=20, memory_mib=1024, output_mib=128, file_mib=64, scratch_mib=128
)
_COMPILE = StepLimits(wall_time_s=120, cpu_time_s=60, memory_mib=2048)
_STREAMS = ("stdout", "stderr")
_TO_FILES = ("sh", "-c", 'exec "$@" > /job/out/stdout 2> /job/out/stderr', "sh")
_DETAIL_BYTES = 500


class SandboxRunner:
    """See `problems.importers.programs.Runner`.

    Args:
        source: lends sandboxes.
        folder: existing, private; keeps what programs write.
    """

    def __init__(self, source: SandboxSource, folder: Path) -> None:
        self._bench = Bench(source)
        self._folder = folder
        self._n_runs = 0

    def run(
        self, source: Path, siblings: Mapping[str, Path], calls: Sequence[Call], *, wanted: int | None = None
    ) -> Sequence[Ran]:
        """See `problems.importers.programs.Runner.run`. Raises `PackageError`, `SandboxError`."""
        program, command = self._prepared(source, siblings)
        outputs = tuple(OutputSpec(name, 64 * MIB, is_required=False) for name in _STREAMS)
        work = [
            CaseWork(call.name, (*_TO_FILES, *command, *call.arguments), call.stdin, outputs=outputs)
            for call in calls
        ]

        def go_on(result: StepResult) -> bool:
            return wanted is None or _code_of(result) == wanted

        results = run_cases(self._bench, program, work, on_total=lambda _: None, go_on=go_on)
        return [self._kept(result) for _, result in results]

    def _prepared(self, source: Path, siblings: Mapping[str, Path]) -> tuple[Program, tuple[str, ...]]:
        language = LANGUAGES[FORMAT_OF_SUFFIX[source.suffix]]
        self._n_runs += 1
        folder = self._folder / f"program-{self._n_runs}"
        folder.mkdir()
        compiled = compile_source(
            self._bench, source, language, folder, _COMPILE, siblings=siblings, is_trusted=True
        )
        if compiled.artefact is None:
            said = compiled.result.stderr[-_DETAIL_BYTES:].decode("utf-8", "replace")
            message = f"does not compile: {compiled.result.outcome.value} {' '.join(said.split())}"
            raise PackageError.at("program-broken", message, source.name)
        limits = merged(STANDARD_SCORE, _LIMITS)
        executables = frozenset({language.artefact} if language.is_executable else ())
        program = Program(
            Profile(language.image, limits, is_trusted=True),
            {**siblings, language.artefact: compiled.artefact},
            executables,
        )
        return program, language.command(limits.memory_mib)

    def _kept(self, result: StepResult) -> Ran:
        self._n_runs += 1
        folder = self._folder / f"run-{self._n_runs}"
        folder.mkdir()
        for name in _STREAMS:
            (folder / name).write_bytes(result.outputs.get(name, b""))
        code = _code_of(result)
        said = (result.outputs.get("stderr", b"") or result.outputs.get("stdout", b""))[-_DETAIL_BYTES:]
        words = " ".join(said.decode("utf-8", "replace").split())
        ending = f"broke the limit {result.outcome.value}" if code is None else f"exit code {code}"
        detail = f"{ending}: {words}" if words else ending
        return Ran(code, folder / "stdout", folder / "stderr", detail)


def _code_of(result: StepResult) -> int | None:
    if result.outcome is Outcome.OK:
        return 0
    return result.exit_code if result.outcome is Outcome.EXIT else None
