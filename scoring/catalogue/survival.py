"""Metrics of risks, bound to scikit-survival. Targets: time, and 1 where the event was seen at it."""

from scoring.catalogue.metric import Family, Metric, Need, Wants

METRICS: tuple[Metric, ...] = (
    Metric(
        name="concordance_index",
        family=Family.SURVIVAL,
        wants=Wants.TIMES,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="P(risk_i > risk_j | i has its event before time_j); equal risks count 1/2",
        source="scikit-survival, concordance_index_censored; Harrell et al. 1996",
        compute="survival:concordance_index",
        needs=(Need.ANY_EVENT,),
        on_constant="0.5",
    ),
)
