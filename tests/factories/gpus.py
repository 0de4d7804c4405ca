"""Problems that ask for GPUs, and workers that say they have some."""

from pathlib import Path

from judge.clock import utc_now
from judge.runtime import Runtime
from judge.services import gpu_fleet, workers
from judge.services.gpu_fleet import Sighting
from judge.services.seating import Place
from problems.loader import Package, load
from tests.factories.packages import function_package

A100 = "NVIDIA A100-SXM4-80GB"


def gpu_package(folder: Path, gpu: str, *, slug: str = "tiny-gpu") -> Package:
    """Write and load a package of kind `function` whose manifest says `gpu: …`."""
    root = function_package(folder, slug=slug).root
    with (root / "problem.yaml").open("a", encoding="utf-8") as manifest:
        manifest.write(f"gpu: {gpu}\n")
    return load(root)


def sighting(
    uuid: str,
    *,
    kind: str = A100,
    memory_mib: int = 81_920,
    used_mib: float | None = 3.0,
    n_processes: int = 0,
) -> Sighting:
    return Sighting(uuid, 0, kind, memory_mib, kind.count("MIG") > 0, used_mib, n_processes)


def gpu_worker(runtime: Runtime, name: str, *seen: Sighting, patience_s: float = 0.0) -> Place:
    """Report a worker that has these devices, as its process does when it starts."""
    now = utc_now()
    with runtime.database.transaction() as session:
        workers.report(session, name=name, n_slots=2, sandbox={"name": "docker"}, started_at=now)
        gpu_fleet.announce(session, worker=name, host="h", sightings=seen, now=now, is_start=True)
    return Place(name, frozenset(one.uuid for one in seen), patience_s)
