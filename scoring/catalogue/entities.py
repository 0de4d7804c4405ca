"""Metrics of marked spans and of tags, bound to nervaluate and scikit-learn."""

from scoring.catalogue.metric import REFUSED, Family, Metric, Param, Wants

_MATCH = Param(
    "match",
    "strict",
    "strict: limits and label; exact: limits; ent_type: label and overlap; partial: overlap counts half",
    choices=("strict", "exact", "ent_type", "partial"),
)
_SOURCE = "nervaluate; Segura-Bedmar et al. 2013 (SemEval 2013 task 9)"


def _entities(name: str, formula: str, which: str, average: str) -> Metric:
    return Metric(
        name=name,
        family=Family.ENTITIES,
        wants=Wants.SPANS,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=formula,
        source=_SOURCE,
        compute="entities:entities",
        fixed={"which": which, "average": average},
        params=(_MATCH,),
        on_blank="0",
        on_no_truth="0",
        on_neither="1",
    )


def _tags(name: str, formula: str, source: str, which: str) -> Metric:
    return Metric(
        name=name,
        family=Family.ENTITIES,
        wants=Wants.TAGS,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=formula,
        source=f"scikit-learn, {source}",
        compute="entities:tags",
        fixed={"which": which},
        on_blank=REFUSED,
        on_no_truth=REFUSED,
        on_neither=REFUSED,
    )


METRICS: tuple[Metric, ...] = (
    _entities("entity_precision", "right entities / predicted ones, over all records", "precision", "micro"),
    _entities("entity_recall", "right entities / true ones, over all records", "recall", "micro"),
    _entities("entity_f1", "2 P R / (P + R) over all entities", "f1", "micro"),
    _entities("entity_f1_macro", "mean over true labels of the F1 of their entities", "f1", "macro"),
    _tags("token_accuracy", "share of tokens whose tag is right", "accuracy_score", "accuracy"),
    _tags("token_f1_macro", "mean over tags of F1", "f1_score(average='macro', zero_division=0)", "f1_macro"),
)
