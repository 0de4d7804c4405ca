"""Writes down what made a result, so that it can be made again."""

import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib import metadata

from judge.worker.host import Host
from judge.worker.material import Gear, Material
from judge.worker.profiles import execute_limits, score_limits
from problems.kinds import CODELESS
from sandboxes.base import ProviderReport

_VERSIONED = ("openmodels-judge", "numpy", "scikit-learn", "torch", "onnxruntime", "pyarrow")


@dataclass(frozen=True, slots=True)
class Origin:
    """What was judged, by the numbers that identify it."""

    submission_sha256: str
    problem: str
    problem_version: str
    attempt: int


def receipt(host: Host, material: Material, origin: Origin, *, started_at: datetime) -> dict[str, object]:
    """Return the receipt of a judgement.

    Args:
        host: where it ran.
        material: what was judged by what.
        origin: ids.
        started_at: when this attempt began.
    """
    spec = material.spec
    limits: dict[str, object] = {"score": asdict(score_limits(spec))}
    if spec.kind not in CODELESS:
        limits["execute"] = asdict(execute_limits(spec))
    if spec.gpu is not None:
        limits["gpu"] = spec.gpu.model_dump(mode="json")
    gear = material.execute_gear
    return {
        **asdict(origin),
        "format": material.format,
        "package_sha256": material.package_sha256,
        "seed": material.seed,
        "scorer": spec.scoring.scorer,
        "image": gear.image,
        "limits": limits,
        "host": host.identity.name,
        "gpus": [{"id": uuid, "kind": kind, "memory_mib": mib} for uuid, kind, mib in gear.gpus],
        **surroundings(gear, host.report, host.image_digest),
        "started_at": started_at.isoformat(),
    }


def surroundings(gear: Gear, report: ProviderReport, image_digest: Callable[[str], str]) -> dict[str, object]:
    """Return what a result may hang on beside submission and problem: images, sandbox, machine, versions.

    Args:
        gear: what participant code runs with.
        report: of the sandbox provider.
        image_digest: returns what identifies an image's contents.
    """
    return {
        "image_digest": image_digest(gear.image),
        "scorer_image_digest": image_digest("python-ml"),
        "sandbox": {**asdict(report), "weaknesses": list(report.weaknesses)},
        "device": _device(gear),
        "machine": platform.machine(),
        "kernel": platform.release(),
        "versions": dict(_versions()),
    }


def _device(gear: Gear) -> str:
    """Return what participant code ran on, for people: `cpu`, or `2 × NVIDIA A100-SXM4-80GB`."""
    kinds = Counter(kind for _, kind, _ in gear.gpus)
    return ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items())) or "cpu"


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # not installed beside the worker: then it is in the image, which has a digest
    return found
