"""Which scorer can report which metric, by what its options say it reads."""

from collections.abc import Mapping

from scoring.catalogue.metric import Metric, Wants

COMPUTING = frozenset({"table", "arrays", "records"})
_COLUMNS = frozenset({Wants.COLUMNS, Wants.LABEL_COLUMNS, Wants.SCORE_COLUMNS, Wants.TIMES})
_GROUPED = frozenset({Wants.GROUPED, Wants.GROUPED_VALUES})
_SINGLE = frozenset({Wants.LABELS, Wants.SCORES, Wants.VALUES, Wants.TRIALS}) | _GROUPED
# Kinds of records → what a metric must want to read them.
READ_BY: Mapping[str, frozenset[Wants]] = {
    "text": frozenset({Wants.TEXT}),
    "texts": frozenset({Wants.TRIALS}),
    "spans": frozenset({Wants.SPANS}),
    "tags": frozenset({Wants.SPANS, Wants.TAGS}),
    "boxes": frozenset({Wants.BOXES}),
    "mask": frozenset({Wants.MASK}),
    "ranking": frozenset({Wants.GROUPED}),
}


def misfit(metric: Metric, scorer: str, options: Mapping[str, object]) -> str:
    """Return why a scorer with these options cannot report a metric, or "".

    Args:
        metric: of the catalogue.
        scorer: one that is known.
        options: of it, as the manifest has them.
    """
    if metric.scorer:
        return "" if metric.scorer == scorer else f"{metric.name} is measured by scorer {metric.scorer}"
    if scorer == "records":
        kind = str(options.get("kind", ""))
        fits = metric.wants in READ_BY.get(kind, frozenset())
        return "" if fits else f"{metric.name} reads {metric.wants}, not records of kind {kind}"
    if scorer == "arrays":
        fits = metric.wants in (Wants.LABELS, Wants.SCORES)
        return "" if fits else f"{metric.name} reads {metric.wants}; scorer arrays has scores of classes"
    return _misfit_of_table(metric, options) if scorer == "table" else ""


def _misfit_of_table(metric: Metric, options: Mapping[str, object]) -> str:
    if metric.wants in _COLUMNS:
        return "" if options.get("target_columns") else f"{metric.name} needs scoring.options.target_columns"
    if metric.wants not in _SINGLE:
        return f"{metric.name} reads {metric.wants}; scorer records has them"
    if options.get("target_columns"):
        return f"{metric.name} is for one target column, and scoring.options.target_columns names several"
    if metric.wants in _GROUPED and not options.get("group_column"):
        return f"{metric.name} needs scoring.options.group_column"
    return ""
