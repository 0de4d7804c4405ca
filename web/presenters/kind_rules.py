"""How a problem is judged, as far as its kind has rules of its own: steps, test cases, services, turns."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from judge.models import ProblemVersion
from web.i18n import localised
from web.presenters.words import FactRow


def present_kind(version: ProblemVersion) -> list[FactRow]:
    """Return the rules of a version's kind as labels and values; none for kinds without."""
    spec = version.spec
    program = spec.get("program") or {}
    rows = [_step(step) for step in program.get("steps") or ()]
    if program.get("cases"):
        rows += _cases(version, program["cases"])
    if spec.get("service"):
        rows += _service(spec["service"])
    if spec.get("interactive"):
        rows += _turns(spec["interactive"])
    if spec.get("prompt"):
        rows += _model(spec["prompt"])
    return rows + [_requirement(one) for one in spec["scoring"].get("require") or ()]


def _step(step: Mapping[str, Any]) -> FactRow:
    limits = step.get("limits") or {}
    parts = [f"{limits['wall_time_s']:g} s"] if limits.get("wall_time_s") else []
    parts += [f"{limits['memory_mib']} MiB"] if limits.get("memory_mib") else []
    parts += [f"→ {', '.join(step['outputs'])}"] if step.get("outputs") else []
    return FactRow(gettext("Step %(name)s", name=step["name"]), " · ".join(parts) or "–")


def _cases(version: ProblemVersion, cases: Mapping[str, Any]) -> list[FactRow]:
    n_cases = sum(name.startswith("hidden/inputs/") and name.endswith(".in") for name in version.files)
    checkers = {
        "tokens": gettext("words are compared"),
        "lines": gettext("lines are compared"),
        "exact": gettext("every byte is compared"),
        "float": gettext("words are compared, numbers within a tolerance"),
        "program": gettext("the problem's own checker decides"),
    }
    rows = [
        FactRow(gettext("Tests"), str(n_cases)),
        FactRow(gettext("Output"), str(checkers[(cases.get("checker") or {}).get("kind", "tokens")])),
    ]
    for subtask in cases.get("subtasks") or ():
        title = localised(subtask.get("titles")) or subtask["name"]
        points = gettext("%(points)s points", points=f"{subtask['points']:g}")
        rows.append(FactRow(subtask["name"], f"{points} · {title}" if title != subtask["name"] else points))
    return rows


def _service(rules: Mapping[str, Any]) -> list[FactRow]:
    return [
        FactRow(gettext("Command"), " ".join(rules["command"])),
        FactRow(gettext("Port"), str(rules["port"])),
        FactRow(gettext("Start within"), f"{rules['start_s']:g} s"),
    ]


def _turns(rules: Mapping[str, Any]) -> list[FactRow]:
    return [
        FactRow(gettext("Each answer within"), f"{rules['turn_s']:g} s"),
        FactRow(gettext("All answers within"), f"{rules['total_s']:g} s"),
    ]


def _model(rules: Mapping[str, Any]) -> list[FactRow]:
    budget, parameters = rules["budget"], rules["parameters"]
    settable = ", ".join(rules.get("settable") or ()) or gettext("nothing")
    return [
        FactRow(gettext("Model"), rules["model"]),
        FactRow(gettext("Fields"), ", ".join(f"{{{{{name}}}}}" for name in rules["fields"])),
        FactRow(gettext("Tokens in all"), f"{budget['tokens']:,}"),
        FactRow(gettext("Tokens of a prompt"), f"≤ {budget['prompt_tokens']:,}"),
        FactRow(gettext("Tokens of an answer"), f"≤ {parameters['max_tokens']:,}"),
        FactRow(gettext("Requests"), f"≤ {budget['requests']:,}"),
        FactRow(gettext("Temperature"), f"{parameters['temperature']:g}"),
        FactRow(gettext("You may set"), settable),
    ]


def _requirement(rule: Mapping[str, Any]) -> FactRow:
    bounds = [f"≥ {rule['minimum']:g}"] if rule.get("minimum") is not None else []
    bounds += [f"≤ {rule['maximum']:g}"] if rule.get("maximum") is not None else []
    return FactRow(gettext("Required"), f"{rule['metric']} {' '.join(bounds)}")
