"""What judging needs, free of the database: the same for a worker and for proving a package."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from problems.languages import image_of
from problems.sample import Sample
from problems.schema import Spec

INPUTS = "hidden/inputs/"
REFERENCE = "hidden/reference/"
SCORER = "scorer.py"


@dataclass(frozen=True, slots=True)
class Gear:
    """What participant code runs with, beside what the problem says.

    Attributes:
        image: of its sandbox.
        gpus: its own devices: the driver's ids and names, MiB of each. Empty for the CPU.
    """

    image: str
    gpus: tuple[tuple[str, str, int], ...] = ()

    @property
    def gpu_ids(self) -> tuple[str, ...]:
        """Return the driver's ids."""
        return tuple(uuid for uuid, _, _ in self.gpus)


@dataclass(frozen=True, slots=True)
class Material:
    """One submission and the problem version it is judged by.

    Attributes:
        spec: the problem's manifest.
        submission: the contestant's file.
        format: declared and checked format.
        inputs: name → file, what the submission may see when judged.
        reference: name → file, what only the scorer sees.
        package_sha256: identity of the problem package; also fixes the seed.
        gear: what participant code runs with; None for the image of its language, on the CPU.
        scorer: the organizer's own scorer, where the problem has one.
        sample: where it is judged on the sample alone (a smoke test).
    """

    spec: Spec
    submission: Path
    format: str
    inputs: Mapping[str, Path]
    reference: Mapping[str, Path]
    package_sha256: str
    gear: Gear | None = None
    scorer: Path | None = None
    sample: Sample | None = None

    @property
    def execute_gear(self) -> Gear:
        """Return what participant code runs with."""
        return self.gear or Gear(image_of(self.spec.image, self.format))

    @property
    def seed(self) -> int:
        """Return the seed of everything random: one per problem version, the same for everybody."""
        digest = hashlib.sha256(f"{self.package_sha256}:{self.spec.data.seed}".encode()).digest()
        return int.from_bytes(digest[:4], "big")
