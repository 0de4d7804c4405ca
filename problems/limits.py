"""Limits and devices of a problem's steps, as `problem.yaml` states them."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from problems.fields import Section


class StepLimits(Section):
    """Limits of one step, the fields of a sandbox's limits; what is absent is the site's default."""

    wall_time_s: Annotated[FiniteFloat, Field(gt=0, le=86_400)] | None = None
    cpu_time_s: Annotated[FiniteFloat, Field(gt=0, le=864_000)] | None = None
    memory_mib: Annotated[int, Field(ge=16, le=1_048_576)] | None = None
    n_processes: Annotated[int, Field(gt=0, le=4096)] | None = None
    n_cpus: Annotated[FiniteFloat, Field(gt=0, le=256)] | None = None
    output_mib: Annotated[int, Field(gt=0, le=65_536)] | None = None
    scratch_mib: Annotated[int, Field(gt=0, le=65_536)] | None = None
    stdout_kib: Annotated[int, Field(gt=0, le=65_536)] | None = None
    file_mib: Annotated[int, Field(gt=0, le=65_536)] | None = None
    n_open_files: Annotated[int, Field(gt=0, le=65_536)] | None = None
    shm_mib: Annotated[int, Field(gt=0, le=1_048_576)] | None = None

    def over(self, base: "StepLimits") -> "StepLimits":
        """Return these limits, and those of `base` where these say nothing."""
        own = self.model_dump(exclude_none=True)
        return base.model_copy(update=own)


class LimitSet(Section):
    """`compile` bounds a compiler, `execute` bounds participant code, `score` bounds our scorer.

    Where test cases are run, `execute` bounds each case.
    """

    compile: StepLimits = StepLimits()
    execute: StepLimits = StepLimits()
    score: StepLimits = StepLimits()


class GpuRules(Section):
    """GPUs that participant code needs, all on one host and nobody else's while it runs.

    Attributes:
        count: how many devices, all or none.
        memory_mib: least memory of each device, and most that may be used on it; None takes any.
        kind: words that the driver's name of each device holds, in any case: `A100`, `RTX 4090`.
        need: `required` waits for a GPU; `preferred` runs on the CPU where there is none.
    """

    count: Annotated[int, Field(ge=1, le=64)] = 1
    memory_mib: Annotated[int, Field(ge=64, le=1_048_576)] | None = None
    kind: (
        Annotated[
            str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9])?$")
        ]
        | None
    ) = None
    need: Literal["required", "preferred"] = "required"
