"""Computes the metrics of `scoring.catalogue.entities`.

Spans are triples (start, end, label), end not included; tags are one text for each token.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from scoring.metrics.base import RecordInputs


def _tags_to_spans(tags: Sequence[str]) -> list[dict[str, Any]]:
    """Return the entities of BIO (or BIOES) tags; `end` is the last token, as nervaluate counts."""
    from nervaluate.utils import collect_named_entities

    plain = [{"E": "I", "S": "B", "L": "I", "U": "B"}.get(tag[:1], tag[:1]) + tag[1:] for tag in tags]
    return [dict(span) for span in collect_named_entities(plain)]


def _spans(values: Sequence[Any], kind: str) -> list[list[dict[str, Any]]]:
    if kind == "tags":
        return [_tags_to_spans(tags) for tags in values]
    # `end` is inclusive there, and two spans that touch must not overlap.
    return [
        [{"label": label, "start": start, "end": end - 1} for start, end, label in spans] for spans in values
    ]


def entities(records: RecordInputs, *, which: str, average: str, match: str) -> float:
    """Return precision, recall or F1 of entities."""
    from nervaluate import Evaluator

    truths, predictions = _spans(records.truths, records.kind), _spans(records.predictions, records.kind)
    labels = sorted({span["label"] for span in chain.from_iterable(truths)})
    every = sorted({*labels, *(span["label"] for span in chain.from_iterable(predictions))})
    if not every:
        return 1.0  # nothing to find, and nothing found
    results = Evaluator(truths, predictions, tags=every, loader="dict").evaluate()
    if average == "micro":
        return float(getattr(results["overall"][match], which))
    if not labels:
        return 0.0
    return float(sum(getattr(results["entities"][label][match], which) for label in labels) / len(labels))


def tags(records: RecordInputs, *, which: str) -> float:
    """Return the accuracy or macro F1 of tags, over all tokens."""
    from sklearn.metrics import accuracy_score, f1_score

    y_true = list(chain.from_iterable(records.truths))
    y_pred = list(chain.from_iterable(records.predictions))
    if which == "accuracy":
        return float(accuracy_score(y_true, y_pred))
    return float(f1_score(y_true, y_pred, average="macro", zero_division=0.0))
