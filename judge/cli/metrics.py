"""`judge metrics`: what a problem may be scored by, for organizers who write a manifest."""

import math
import sys
from typing import Annotated, Any

import typer

from judge.cli.exits import ExitCode
from judge.cli.terminal import print_json
from scoring.catalogue import Metric, find_metric, list_metrics
from scoring.catalogue.metric import Param
from scoring.errors import ScorerMisconfigured


def metrics(
    name: Annotated[str, typer.Argument(help="Of one metric: all that is known of it.")] = "",
    family: Annotated[str, typer.Option("--family", help="List those of one family alone.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the metrics that a problem may name: direction, bounds, unit, parameters, degenerate values."""
    try:
        chosen = (
            [find_metric(name)] if name else [one for one in list_metrics() if family in ("", one.family)]
        )
    except ScorerMisconfigured as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.USAGE) from None
    if not chosen:
        families = ", ".join(dict.fromkeys(str(one.family) for one in list_metrics()))
        typer.echo(f"no family {family!r}; there are {families}", err=True)
        raise typer.Exit(ExitCode.USAGE)
    if as_json:
        shown = [_as_dict(metric) for metric in chosen]
        print_json(shown[0] if name else shown)
    elif name:
        sys.stdout.write(_whole(chosen[0]))
    else:
        _write_list(chosen)


def _of_family(family: str) -> list[Metric]:
    return [metric for metric in list_metrics() if family in ("", metric.family)]


def _bound(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "type": type(param.default).__name__,
        "default": param.default,
        "about": param.about,
        "minimum": param.minimum,
        "maximum": param.maximum,
        "choices": list(param.choices),
    }


def _as_dict(metric: Metric) -> dict[str, Any]:
    lowest, highest = metric.bounds
    return {
        "name": metric.name,
        "family": str(metric.family),
        "wants": str(metric.wants),
        "scorer": metric.scorer or None,
        "higher_is_better": metric.higher_is_better,
        "lowest": _bound(lowest),
        "highest": _bound(highest),
        "unit": metric.unit,
        "formula": metric.formula,
        "source": metric.source,
        "params": [_param(param) for param in metric.keywords],
        "degenerate": dict(metric.degenerate),
    }


def _interval(metric: Metric) -> str:
    lowest, highest = metric.bounds
    left = f"[{lowest:.6g}" if math.isfinite(lowest) else "(-inf"
    right = f"{highest:.6g}]" if math.isfinite(highest) else "inf)"
    return f"{left}, {right}"


def _direction(metric: Metric) -> str:
    return "higher" if metric.higher_is_better else "lower"


def _write_list(chosen: list[Metric]) -> None:
    width = max(len(metric.name) for metric in chosen)
    family = ""
    for metric in chosen:
        if metric.family != family:
            family = metric.family
            sys.stdout.write(f"\n{family}\n")
        who = f"  scorer {metric.scorer}" if metric.scorer else ""
        facts = f"{_direction(metric):6}  {_interval(metric):16}"
        sys.stdout.write(f"  {metric.name:{width}}  {facts}  {metric.unit}{who}\n")
    sys.stdout.write(f"\n{len(chosen)} metrics; `judge metrics NAME` tells all of one\n")


def _whole(metric: Metric) -> str:
    lines = [
        f"{metric.name} ({metric.family})",
        f"  formula   {metric.formula}",
        f"  source    {metric.source}",
        f"  better    {_direction(metric)}",
        f"  bounds    {_interval(metric)}",
        f"  unit      {metric.unit}",
        f"  reads     {metric.wants}" + (f" by scorer {metric.scorer}" if metric.scorer else ""),
    ]
    for param in metric.keywords:
        limits = f" ({', '.join(param.choices)})" if param.choices else ""
        lines.append(f"  parameter {param.name} = {param.default}: {param.about}{limits}")
    lines += [f"  {kind}: {value}" for kind, value in metric.degenerate.items()]
    return "\n".join(lines) + "\n"
