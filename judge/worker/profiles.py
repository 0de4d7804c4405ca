"""Which sandbox each part of a judgement runs in.

Scoring sandboxes get one profile per scorer wherever the problem's limits fit below the standard
ones, so that a warm one serves any problem; what a contestant's code runs in is made to measure.
"""

from dataclasses import fields, replace
from pathlib import Path

import scoring
from judge.worker.material import Material
from problems.limits import StepLimits
from problems.schema import Spec
from sandboxes import inside
from sandboxes.base import Profile
from sandboxes.limits import Limits
from scoring.options import PRELOAD

STANDARD_SCORE = Limits(
    wall_time_s=120.0,
    cpu_time_s=120.0,
    memory_mib=2048,
    n_processes=64,
    n_cpus=1.0,
    output_mib=16,
    scratch_mib=64,
    stdout_kib=256,
    file_mib=16,
    n_open_files=256,
)
DEFAULT_EXECUTE = Limits()
DEFAULT_COMPILE = Limits(
    wall_time_s=30.0,
    cpu_time_s=30.0,
    memory_mib=1024,
    n_processes=128,
    scratch_mib=128,
    output_mib=128,
    file_mib=128,
)
_SCORING_PACKAGE = Path(scoring.__path__[0])
_INSIDE = Path(inside.__path__[0])
_MODEL_FILES = (
    "model_runner.py",
    "model_formats.py",
    "loaded_model.py",
    "skops_format.py",
    "compute.py",
    "builders.py",
    "onnx_scan.py",
    "tensors_only.py",
)
_FUNCTION_FILES = ("function_host.py",)
_SCORER_FILES = {"service": ("service_client.py", "streams.py")}
_PROGRAM_FILES = ("program_runner.py", "notebook_runner.py")
_MODEL_PRELOAD = {"onnx": ("numpy", "onnxruntime"), "skops": ("numpy", "skops.io")}
_TORCH_PRELOAD = ("numpy", "torch")


def execute_limits(spec: Spec) -> Limits:
    """Return what a contestant's program may use.

    PyTorch's data loaders hand batches over in shared memory; on a GPU they may take half of all memory
    where the problem says nothing else, as the kernel itself gives such a file system.
    """
    limits = merged(DEFAULT_EXECUTE, spec.limits.execute)
    if spec.gpu is None or spec.limits.execute.shm_mib is not None:
        return limits
    return replace(limits, shm_mib=max(limits.shm_mib, limits.memory_mib // 2))


def score_limits(spec: Spec) -> Limits:
    """Return what our scorer may use on this problem."""
    return merged(STANDARD_SCORE, spec.limits.score)


def execute_profile(material: Material) -> Profile:
    """Return the untrusted sandbox for a submission."""
    spec, gear = material.spec, material.execute_gear
    preload: tuple[str, ...] = ("numpy",)
    files: tuple[str, ...] = _FUNCTION_FILES
    if spec.kind != "function":
        preload, files = _MODEL_PRELOAD.get(material.format, _TORCH_PRELOAD), _MODEL_FILES
    return Profile(
        gear.image,
        execute_limits(spec),
        preload=preload,
        code=_code(files),
        gpus=gear.gpu_ids,
        gpu_memory_mib=spec.gpu.memory_mib if spec.gpu and gear.gpus else None,
    )


def program_profile(
    material: Material, limits: Limits, *, files: tuple[str, ...] = _PROGRAM_FILES
) -> Profile:
    """Return the untrusted sandbox of a contestant's program.

    Args:
        material: of the submission.
        limits: of the step.
        files: programs of ours that it needs there.
    """
    gear, gpu = material.execute_gear, material.spec.gpu
    return Profile(
        gear.image,
        limits,
        code=_code(files),
        gpus=gear.gpu_ids,
        gpu_memory_mib=gpu.memory_mib if gpu and gear.gpus else None,
    )


def our_program_profile(image: str, limits: Limits) -> Profile:
    """Return the trusted sandbox of an organizer's program that talks with a contestant's."""
    return Profile(image, limits, is_trusted=True, code=_code(("interactor_host.py",)))


def score_profile(spec: Spec) -> Profile:
    """Return the trusted sandbox of the problem's scorer."""
    wanted = score_limits(spec)
    ceilings = Limits(
        **{
            limit.name: max(getattr(wanted, limit.name), getattr(STANDARD_SCORE, limit.name))
            for limit in fields(Limits)
        }
    )
    return Profile(
        "python-ml",
        ceilings,
        preload=PRELOAD.get(spec.scoring.scorer, ()),
        is_trusted=True,
        code=(("scoring", _SCORING_PACKAGE), *_code(_SCORER_FILES.get(spec.scoring.scorer, ()))),
    )


def merged(base: Limits, asked: StepLimits) -> Limits:
    """Return limits with what a problem asks for, and the base's where it says nothing."""
    said = {name: value for name, value in asked.model_dump().items() if value is not None}
    return Limits(**{limit.name: said.get(limit.name, getattr(base, limit.name)) for limit in fields(Limits)})


def _code(names: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    return tuple((name, _INSIDE / name) for name in names if (_INSIDE / name).is_file())
