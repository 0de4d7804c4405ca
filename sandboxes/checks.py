"""What a profile, a step and a case must be before anything is done about them; and how they are sent."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sandboxes.base import Case, OutputSpec, Profile, Step
from sandboxes.gpus.devices import check_gpus
from sandboxes.limits import Limits
from sandboxes.slots import MAX_STDIN, check_name

# In bytes, of all that is told in words. As JSON it may take six times as much, in one message of a MiB.
MAX_TEXT = 128 * 1024
MAX_OUTPUT = 2**40
# Of files to bring back; all are open at once, in a case with no more descriptors than the case may have.
MAX_OUTPUTS, MAX_CASE_OUTPUTS, MAX_DEPTH = 100, 16, 128
MAX_SEED = 2**64


def check_profile(profile: Profile) -> None:
    """Refuse a profile that cannot be mounted.

    Raises:
        ValueError: says why.
    """
    if len({name for name, _ in profile.code}) != len(profile.code):
        raise ValueError("two code folders have the same name")
    for name, path in profile.code:
        check_name(name)
        if "/" in name or not path.exists():
            raise ValueError(f"code {name!r}: {path} does not exist or the name is not plain")
    check_gpus(profile.gpus, profile.gpu_memory_mib)


def check_step(step: Step, profile: Profile) -> None:
    """Refuse a step that is not well formed or asks for more than its profile's ceilings.

    Raises:
        ValueError: says which part.
    """
    if (bool(step.argv), bool(step.module), step.has_cases).count(True) != 1:
        raise ValueError("exactly one of argv, module and has_cases must be set")
    if step.has_cases and (step.stdin or step.outputs or step.has_channel or step.has_stdio_channel):
        raise ValueError("stdin, outputs and channels belong to cases, not to their series")
    if step.has_cases and step.has_live_output:
        raise ValueError("cases have no live output: each reports when it is over")
    if step.executables - step.inputs.keys():
        raise ValueError(f"executables that are not inputs: {sorted(step.executables - step.inputs.keys())}")
    _check_limits(step.limits, profile.limits, "the profile's")
    _check_files(step.inputs, step.outputs, MAX_OUTPUTS)
    max_stdin = 0 if step.has_stdio_channel else MAX_STDIN
    if len(step.stdin) > max_stdin:
        raise ValueError(f"stdin of {len(step.stdin)} bytes is above {max_stdin}")
    if not -MAX_SEED < step.seed < MAX_SEED:
        raise ValueError("the seed has more than 64 bits")
    _check_texts(step.argv, (step.module, *step.args), step.env, step.outputs)


def check_case(case: Case, step: Step) -> None:
    """Refuse a case that is not well formed or asks for more than its series.

    Raises:
        ValueError: says which part.
    """
    if not case.argv:
        raise ValueError("a case needs a command line")
    if case.inputs.keys() & step.inputs.keys():
        raise ValueError(f"inputs of the whole series: {sorted(case.inputs.keys() & step.inputs.keys())}")
    _check_limits(case.limits, step.limits, "the series'")
    _check_files(case.inputs, case.outputs, MAX_CASE_OUTPUTS)
    if len(case.stdin) > MAX_STDIN:
        raise ValueError(f"stdin of {len(case.stdin)} bytes is above {MAX_STDIN}")
    _check_texts(case.argv, (), {**step.env, **case.env}, case.outputs)


def _check_limits(limits: Limits, ceilings: Limits, whose: str) -> None:
    if limits is ceilings:
        return
    for name in Limits.__slots__:
        wanted, ceiling = getattr(limits, name), getattr(ceilings, name)
        if wanted > ceiling:
            raise ValueError(f"limit {name}={wanted} is above {whose} {ceiling}")


def _check_files(inputs: Iterable[str], outputs: Iterable[OutputSpec], max_outputs: int) -> None:
    names = [output.name for output in outputs]
    for name in (*inputs, *names):
        check_name(name)
    if len(names) > max_outputs:
        raise ValueError(f"{len(names)} outputs are declared, at most {max_outputs} may be")
    if deep := next((name for name in names if name.count("/") >= MAX_DEPTH), None):
        raise ValueError(f"output {deep[:40]!r}... lies deeper than {MAX_DEPTH} folders")
    if len(set(names)) != len(names):
        raise ValueError("an output is declared twice")
    for output in outputs:
        # A bool is an int to Python, and NaN compares false with everything.
        if type(output.max_bytes) is not int or not 0 < output.max_bytes <= MAX_OUTPUT:
            raise ValueError(
                f"output {output.name!r}: max_bytes must be a whole number from 1 to {MAX_OUTPUT}"
            )


def _check_texts(
    argv: tuple[str, ...], words: tuple[str, ...], env: Mapping[str, str], outputs: Iterable[OutputSpec]
) -> None:
    if argv and not argv[0]:
        raise ValueError("the command line begins with an empty word")
    texts = (*argv, *words, *env, *env.values())
    names = (output.name for output in outputs)
    # What is no text (a lone surrogate) raises a UnicodeEncodeError here, which is a ValueError.
    if sum(len(text.encode()) for text in (*texts, *names)) > MAX_TEXT:
        raise ValueError(f"command line, environment and names of outputs are above {MAX_TEXT} bytes")
    if any("\0" in text for text in texts) or any("=" in name or not name for name in env):
        raise ValueError("NUL in a command line or environment, or a bad variable name")


def step_message(step: Step, does_watch_memory: bool, is_measured_outside: bool) -> dict[str, Any]:
    """Write a step as the supervisor reads it.

    Args:
        step: what to do.
        does_watch_memory: whether the supervisor must, because no control group does.
        is_measured_outside: whether the kernel's figures are read by the host.
    """
    return {
        "argv": list(step.argv),
        "module": step.module,
        "args": list(step.args),
        "env": dict(step.env),
        "seed": step.seed,
        "has_stdin": bool(step.stdin),
        "has_stdio_channel": step.has_stdio_channel,
        "has_live_output": step.has_live_output,
        "has_cases": step.has_cases,
        "is_case": False,
        "outputs": _outputs(step.outputs),
        "limits": _limits(step.limits),
        "does_watch_memory": does_watch_memory,
        "is_measured_outside": is_measured_outside,
    }


def case_message(
    case: Case, step: Step, limits: Limits, does_watch_memory: bool, is_measured_outside: bool
) -> dict[str, Any]:
    """Write a case as the supervisor reads it.

    Args:
        case: what to do.
        step: its series, whose variables and seed hold for every case.
        limits: the case's, less what the series has left.
        does_watch_memory: see `step_message`.
        is_measured_outside: see `step_message`.
    """
    return {
        "argv": list(case.argv),
        "module": "",
        "args": [],
        "env": {**step.env, **case.env},
        "seed": step.seed,
        "has_stdin": bool(case.stdin),
        "has_stdio_channel": False,
        "has_live_output": False,
        "is_case": True,
        "outputs": _outputs(case.outputs),
        "limits": _limits(limits),
        "does_watch_memory": does_watch_memory,
        "is_measured_outside": is_measured_outside,
    }


def _outputs(outputs: Iterable[OutputSpec]) -> list[tuple[str, int, bool]]:
    return [(output.name, output.max_bytes, output.is_required) for output in outputs]


def _limits(limits: Limits) -> dict[str, float]:
    return {limit.name: getattr(limits, limit.name) for limit in fields(limits)}
