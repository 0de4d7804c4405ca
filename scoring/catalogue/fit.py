"""Which scorer can report which metric, by what its options say it reads."""

from collections.abc import Mapping

from scoring.catalogue.metric import Metric, Wants

COMPUTING = frozenset({"table", "arrays", "records"})
# What needs several columns of targets or predictions → how many targets and predictions; 0 is any number.
_COLUMNS: Mapping[Wants, tuple[int, int]] = {
    Wants.COLUMNS: (0, 0),
    Wants.LABEL_COLUMNS: (0, 0),
    Wants.SCORE_COLUMNS: (0, 0),
    Wants.SPREAD: (1, 2),
    Wants.SUBGROUPS: (0, 1),
    Wants.TIMES: (2, 1),
}
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
        return _misfit_of_columns(metric, options)
    if metric.wants not in _SINGLE:
        return f"{metric.name} reads {metric.wants}; scorer records has them"
    if options.get("target_columns"):
        return f"{metric.name} is for one target column, and scoring.options.target_columns names several"
    if metric.wants in _GROUPED and not options.get("group_column"):
        return f"{metric.name} needs scoring.options.group_column"
    return ""


def _misfit_of_columns(metric: Metric, options: Mapping[str, object]) -> str:
    if not options.get("target_columns"):
        return f"{metric.name} needs scoring.options.target_columns"
    wanted = _COLUMNS[metric.wants]
    if metric.wants is Wants.COLUMNS:
        wanted = (metric.n_columns, metric.n_columns)
    for key, n_wanted in zip(("target_columns", "columns"), wanted, strict=True):
        named = options.get(key)
        if n_wanted and isinstance(named, list | tuple) and len(named) != n_wanted:
            return f"{metric.name} is for {n_wanted} scoring.options.{key}; there are {len(named)}"
    return ""
