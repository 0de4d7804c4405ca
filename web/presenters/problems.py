"""Problems as lists and pages show them."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from judge.models import Problem, ProblemVersion
from problems.formats import SUFFIXES
from web.i18n import localised
from web.presenters.gpus import present_gpu_rule
from web.presenters.kind_rules import present_kind
from web.presenters.metric_words import METRICS
from web.presenters.words import FEEDBACK, FORMATS, KINDS, LIMITS, PROMPT_FORMATS, TAGS, FactRow

SUBTASK = "subtask_"


@dataclass(frozen=True, slots=True)
class ProblemCard:
    """A problem in a list.

    Attributes:
        slug: for its address.
        name: in the reader's language.
        summary: one line.
        kind: word of the schema.
        kind_label: the same for people.
        icon: name of a Bootstrap icon.
        tags: free words.
    """

    slug: str
    name: str
    summary: str
    kind: str
    kind_label: object
    icon: str
    tags: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class FormatRow:
    """One accepted format: its word, file ending and what it is."""

    word: str
    suffix: str
    help: object


@dataclass(frozen=True, slots=True)
class ProblemRules:
    """What the side of a problem page says.

    Attributes:
        version: of the published package.
        kind_help: how one takes part.
        formats: accepted formats.
        accept: the same for `<input accept>`.
        max_mib: largest upload.
        builders: names safetensors may declare.
        functions: names a module must define.
        limits: of running participant code.
        metrics: names of the metrics, the deciding one first.
        primary: name of the deciding metric.
        feedback: what will be shown.
        licences: of statement and data.
        source: where the data comes from.
    """

    version: str
    kind_help: object
    formats: list[FormatRow]
    accept: str
    max_mib: float
    builders: tuple[str, ...]
    functions: tuple[str, ...]
    limits: list[FactRow]
    metrics: list[object]
    primary: object
    feedback: object
    licences: list[FactRow]
    source: str


def present_problem_card(problem: Problem) -> ProblemCard:
    """Return a problem as a card; its published version is loaded."""
    spec = spec_of(problem.current_version)
    label, icon, _ = KINDS.get(spec.get("kind", ""), (spec.get("kind", ""), "puzzle", ""))
    return ProblemCard(
        slug=problem.slug,
        name=localised(spec.get("names")) or problem.slug,
        summary=localised(spec.get("summary")),
        kind=spec.get("kind", ""),
        kind_label=label,
        icon=icon,
        tags=tuple(tag_label(str(tag)) for tag in spec.get("tags") or ()),
    )


def present_rules(version: ProblemVersion) -> ProblemRules:
    """Return the rules of a published version."""
    spec = spec_of(version)
    rules = spec["submission"]
    words = list(rules["formats"])
    scoring = spec["scoring"]
    metrics = [metric.get("label") or metric["name"] for metric in scoring["metrics"]]
    metrics += [derived["name"] for derived in scoring.get("derived") or ()]
    primary = spec["scoring"]["primary"]
    known = {**FORMATS, **PROMPT_FORMATS} if version.kind == "prompt" else FORMATS
    ordered = [primary, *(key for key in metrics if key != primary)]
    return ProblemRules(
        version=version.version,
        kind_help=KINDS[version.kind][2] if version.kind in KINDS else "",
        formats=[FormatRow(word, *known.get(word, ("", ""))) for word in words],
        accept=",".join(suffix for word in words for suffix in SUFFIXES.get(word, ())),
        max_mib=float(rules["max_mib"]),
        builders=tuple(rules.get("builders") or ()),
        functions=tuple(rules.get("functions") or ()),
        limits=_limits((spec.get("limits") or {}).get("execute") or {}) + present_kind(version) + _gpus(spec),
        metrics=[metric_label(key) for key in ordered],
        primary=metric_label(primary),
        feedback=FEEDBACK.get(str(spec.get("feedback")), ""),
        licences=[
            FactRow(gettext("Statement and code"), str(spec.get("licence", "–"))),
            FactRow(gettext("Data"), str((spec.get("data") or {}).get("licence", "–"))),
        ],
        source=localised((spec.get("data") or {}).get("source")),
    )


def tag_label(tag: str) -> object:
    """Return a tag for people; an unknown one stays itself."""
    return TAGS.get(tag, tag)


def metric_label(key: str) -> object:
    """Return a metric's name for people; an unknown key stays itself."""
    if key.startswith(SUBTASK):
        return gettext("Subtask %(name)s", name=key.removeprefix(SUBTASK))
    return METRICS.get(key, key)


def spec_of(version: ProblemVersion | None) -> dict[str, Any]:
    """Return the manifest of a version, or an empty one."""
    return version.spec if version else {}


def decimals_of(version: ProblemVersion | None) -> int:
    """Return how many decimals this problem's scores have."""
    return int((spec_of(version).get("leaderboard") or {}).get("decimals", 5))


def _gpus(spec: dict[str, Any]) -> list[FactRow]:
    return [FactRow(gettext("GPU"), present_gpu_rule(spec["gpu"]))] if spec.get("gpu") else []


def _limits(limits: dict[str, Any]) -> list[FactRow]:
    rows = []
    for key, (label, unit) in LIMITS.items():
        value = limits.get(key)
        if value is not None:
            rows.append(FactRow(label, unit.format(f"{value:g}")))
    return rows
