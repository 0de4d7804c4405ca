"""Runs one step of a contestant's program in a sandbox of its own."""

from collections.abc import Mapping
from pathlib import Path

from judge.worker.bench import Bench
from judge.worker.material import Material
from judge.worker.profiles import execute_limits, merged, program_profile
from problems.formats import suffix_of
from problems.kinds import ProgramStep
from sandboxes.base import OutputSpec, Step
from sandboxes.limits import MIB, Limits
from sandboxes.results import StepResult

RESULT = "result.zip"
_MAX_FAULT_BYTES = 64 * 1024
_NOTEBOOK = ("python3", "/job/code/notebook_runner.py", "main.ipynb")


def step_limits(material: Material, step: ProgramStep) -> Limits:
    """Return what one step may use: its own limits over those of all steps."""
    return merged(execute_limits(material.spec), step.limits)


def run_step(material: Material, bench: Bench, step: ProgramStep, earlier: Mapping[str, Path]) -> StepResult:
    """Run a step.

    Args:
        material: of kind `program`.
        bench: lends the sandbox.
        step: which.
        earlier: name → file that steps before have left.

    Raises:
        SandboxError: infrastructure fault.
    """
    limits = step_limits(material, step)
    submission = "submission" + suffix_of(material.format)
    command = _NOTEBOOK if material.format == "ipynb" else step.command
    names = (RESULT,) if step.is_packed else step.outputs
    wanted = Step(
        limits=limits,
        module="program_runner",
        args=(
            "--submission", f"/job/in/{submission}", "--max-mib", str(limits.scratch_mib),
            *(("--pack",) if step.is_packed else ()), "--", *command,
        ),
        inputs={**hidden_inputs(material, step), **earlier, submission: material.submission},
        outputs=(
            *(OutputSpec(name, limits.output_mib * MIB) for name in names),
            OutputSpec("fault.json", _MAX_FAULT_BYTES, is_required=False),
        ),
        env={"JUDGE_STEP": step.name, "JUDGE_INPUT": "/job/in", "JUDGE_OUTPUT": "/job/out"},
        seed=material.seed,
    )  # fmt: skip
    return bench.run(program_profile(material, limits), wanted)


def hidden_inputs(material: Material, step: ProgramStep) -> dict[str, Path]:
    """Return the hidden inputs that a step gets, by their names in `/job/in`."""
    if step.inputs is None:
        return dict(material.inputs)
    return {
        name: path
        for name, path in material.inputs.items()
        if any(name == wanted or name.startswith(f"{wanted}/") for wanted in step.inputs)
    }
