"""`/api/docs`: the API for people, rendered from its own OpenAPI description.

The usual documentation pages load scripts from a CDN, which the portal's Content-Security-Policy
forbids, and rightly so. This one is plain HTML of our own.
"""

from dataclasses import dataclass
from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, current_app, render_template, url_for

from web.access import public

METHODS = ("get", "post", "put", "patch", "delete")
blueprint = Blueprint("api_docs", __name__)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one address."""

    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    parameters: list[Parameter]
    responses: list[tuple[str, str]]


@blueprint.get("/api/docs")
@public
def show() -> str:
    """Show every operation, how to send a file, and the codes of errors."""
    spec = cast("dict[str, Any]", cast("APIFlask", current_app)._get_spec("json"))
    return render_template(
        "api/docs.html",
        operations=operations_of(spec),
        spec_url=url_for("openapi.spec"),
        base_url=url_for("api.get_me", _external=True).removesuffix("/me"),
    )


def operations_of(spec: dict[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI description in order of address."""
    found = []
    for path, methods in sorted(spec["paths"].items()):
        for method in METHODS:
            if method in methods:
                found.append(_operation(method, path, methods[method]))
    return found


def _operation(method: str, path: str, raw: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=raw.get("summary", ""),
        description=raw.get("description", ""),
        needs_token=bool(raw.get("security")),
        parameters=[_parameter(item) for item in raw.get("parameters", ())],
        responses=[
            (status, item.get("description", "")) for status, item in sorted(raw["responses"].items())
        ],
    )


def _parameter(raw: dict[str, Any]) -> Parameter:
    schema = raw.get("schema", {})
    kinds = [
        str(item.get("type", "")) for item in schema.get("anyOf", [schema]) if item.get("type") != "null"
    ]
    return Parameter(
        name=raw["name"],
        place=raw["in"],
        kind=" or ".join(kind for kind in kinds if kind),
        is_required=bool(raw.get("required")),
        description=raw.get("description") or schema.get("description", ""),
    )
