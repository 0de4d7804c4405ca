"""What is known of a metric before anything is computed: pure data, for documentation and for checks.

`scoring.registry.evaluate` finds the function that computes it by name, in the scoring process alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = int | float | str | bool
INF = float("inf")


class Family(StrEnum):
    """Where a metric stands in the documentation."""

    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    PROBABILISTIC = "probabilistic"
    REGRESSION = "regression"
    RANKING = "ranking"
    SURVIVAL = "survival"
    TEXT = "text"
    ENTITIES = "entities"
    VISION = "vision"
    CODE = "code"
    RESOURCE = "resource"


class Wants(StrEnum):
    """What a metric is computed from, besides what is true. Shapes: see `scoring.metrics.base`."""

    LABELS = "labels"  # class codes
    SCORES = "scores"  # (n,) for binary, (n, n_classes) otherwise
    VALUES = "values"  # (n,) real predictions
    GROUPED = "grouped"  # scores within groups, or a ranking for each record
    GROUPED_VALUES = "grouped values"  # (n,) real predictions within groups
    TRIALS = "trials"  # class codes within groups, or several answers for each record
    COLUMNS = "columns"  # (n, n_columns) real predictions for as many targets
    LABEL_COLUMNS = "label columns"  # (n, n_labels) of 0 and 1, or scores of which a threshold makes them
    SCORE_COLUMNS = "score columns"  # (n, n_labels) scores for targets of 0 and 1
    SPREAD = "value and spread"  # (n, 2) a real prediction and how sure it is; one target
    SUBGROUPS = "subgroups"  # (n,) scores; targets are 0 or 1, and for each subgroup whether the row is of it
    TIMES = "times"  # (n,) risks; targets are a time and whether the event was seen
    TEXT = "text"
    SPANS = "spans"
    TAGS = "tags"
    BOXES = "boxes"
    MASK = "mask"
    MEASURED = "measured"  # nothing: a runner or a grader measured it


RECORD_WANTS = frozenset({Wants.TEXT, Wants.SPANS, Wants.TAGS, Wants.BOXES, Wants.MASK})


class Need(StrEnum):
    """A precondition; the value is the reason reported when it does not hold."""

    TWO_CLASSES = "single-class"
    ALL_CLASSES = "class-absent"
    PROBABILITY = "not-a-probability"
    ROWS_SUM_TO_ONE = "rows-do-not-sum-to-one"
    TRUE_ROWS_SUM_TO_ONE = "targets-do-not-sum-to-one"
    VARYING_TRUE = "constant-target"
    VARYING_PRED = "constant-prediction"
    NON_NEGATIVE = "negative-value"
    NON_NEGATIVE_TRUE = "negative-target"
    POSITIVE = "not-positive"
    POSITIVE_PRED = "prediction-not-positive"
    NON_ZERO_TRUE = "zero-target"
    SUBGROUP_CLASSES = "subgroup-single-class"
    ANY_RELEVANT = "nothing-relevant"
    ANY_EVENT = "no-event"
    ANY_TRUE_TEXT = "no-text"


EMPTY = "empty"
NON_FINITE_INPUT = "non-finite-input"
NON_FINITE_RESULT = "non-finite-result"
UNKNOWN_CLASS = "unknown-class"
NOT_MEASURED = "not-measured"

USUAL = "by the formula"
REFUSED = "refused with the submission"
_BROKEN_BY_CONSTANT_TARGET = (
    Need.TWO_CLASSES, Need.ALL_CLASSES, Need.VARYING_TRUE, Need.SUBGROUP_CLASSES, Need.ANY_EVENT,
)  # fmt: skip
_BROKEN_BY = {
    Need.PROBABILITY: "prediction below 0 or above 1",
    Need.ROWS_SUM_TO_ONE: "probabilities of a row that do not sum to 1",
    Need.TRUE_ROWS_SUM_TO_ONE: "targets of a row that do not sum to 1",
    Need.NON_NEGATIVE: "negative target or prediction",
    Need.NON_NEGATIVE_TRUE: "negative target",
    Need.POSITIVE: "target or prediction of 0 or less",
    Need.POSITIVE_PRED: "prediction of 0 or less",
    Need.NON_ZERO_TRUE: "target of 0",
    Need.ANY_RELEVANT: "nothing relevant",
    Need.ANY_TRUE_TEXT: "no true text at all",
}


@dataclass(frozen=True, slots=True)
class Param:
    """A keyword of a metric.

    Attributes:
        default: also tells the type; a whole number is taken where a float is wanted.
        about: what it does.
        minimum, maximum: of numbers.
        choices: of texts.
    """

    name: str
    default: Value
    about: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def fault(self, value: object) -> str:
        """Return what is wrong with `value`, or ""."""
        wanted = type(self.default)
        is_right = type(value) is wanted or (wanted is float and type(value) is int)
        if not is_right:
            return f"{self.name} must be {'a number' if wanted is float else wanted.__name__}"
        if self.choices and value not in self.choices:
            return f"{self.name} must be one of {', '.join(self.choices)}"
        if isinstance(value, int | float):
            if self.minimum is not None and not value >= self.minimum:
                return f"{self.name} must be at least {self.minimum:g}"
            if self.maximum is not None and not value <= self.maximum:
                return f"{self.name} must be at most {self.maximum:g}"
        return ""


THRESHOLD = Param("threshold", 0.5, "from this score on a row is class 1, where scores were handed in")


@dataclass(frozen=True, slots=True)
class Metric:
    """One named pure function's documentation.

    Attributes:
        name: key in the catalogue.
        family, wants: see the enumerations.
        higher_is_better: direction.
        bounds: lowest and highest value possible; infinite where unbounded.
        unit: of the value: `1` for shares and other pure numbers.
        formula, source: what is computed and where that is defined.
        compute: `module:function` below `scoring.metrics`; "" for what is measured.
        fixed: keywords of that function that make it this metric.
        params: keywords that a problem may set.
        needs: preconditions; when one fails the metric is undefined with that reason.
        is_row_mean: the value is a mean over rows, so large inputs are computed in parts.
        binary_only: refuses a score matrix or more than two classes (a mistake of the organizer).
        n_columns: that it is for; 0 for any number.
        on_single_class: value when what is true is all one class, or constant, and no need forbids it.
        on_constant: value when every prediction is the same and no need forbids it.
        on_blank, on_no_truth, on_neither: of what is computed from records: value when nothing is predicted
            for any, when nothing is true of any but something is predicted, and when there is neither.
        scorer: that reports it, where that is not the registry.
    """

    name: str
    family: Family
    wants: Wants
    higher_is_better: bool
    bounds: tuple[float, float]
    formula: str
    source: str
    unit: str = "1"
    compute: str = ""
    fixed: Mapping[str, Value | None] = field(default_factory=dict)
    params: tuple[Param, ...] = ()
    needs: tuple[Need, ...] = ()
    is_row_mean: bool = False
    binary_only: bool = False
    n_columns: int = 0
    on_single_class: str = USUAL
    on_constant: str = USUAL
    on_blank: str = ""
    on_no_truth: str = ""
    on_neither: str = ""
    scorer: str = ""

    @property
    def keywords(self) -> tuple[Param, ...]:
        """Return all parameters, the threshold of predicted classes included."""
        takes_threshold = self.wants in (Wants.LABELS, Wants.LABEL_COLUMNS)
        return (*self.params, THRESHOLD) if takes_threshold else self.params

    @property
    def degenerate(self) -> Mapping[str, str]:
        """Return what comes out for each kind of degenerate input, in words."""
        if self.wants is Wants.MEASURED:
            return {"not measured": _undefined(NOT_MEASURED)}
        empty = {"empty": _undefined(EMPTY)}
        others = {words: _undefined(need) for need, words in _BROKEN_BY.items() if need in self.needs}
        if self.wants in RECORD_WANTS:
            return {
                **empty,
                "nan": REFUSED,
                "infinite": REFUSED,
                "nothing predicted": self.on_blank,
                "nothing true": self.on_no_truth,
                "nothing true or predicted": self.on_neither,
                "single class": USUAL,
                "constant prediction": USUAL,
                **others,
            }
        single_class = self._unless(self.on_single_class, *_BROKEN_BY_CONSTANT_TARGET)
        return {
            **empty,
            "nan": _undefined(NON_FINITE_INPUT),
            "infinite": _undefined(NON_FINITE_INPUT),
            "single class": single_class,
            "constant target": single_class,
            "constant prediction": self._unless(self.on_constant, Need.VARYING_PRED),
            **others,
        }

    def _unless(self, otherwise: str, *needs: Need) -> str:
        broken = [need for need in needs if need in self.needs]
        return _undefined(broken[0]) if broken else otherwise


def _undefined(reason: str) -> str:
    return f"undefined ({reason})"
