"""Words for the OpenAPI description that several resources share."""

from typing import Any

from web.api.schemas import ProblemJson

REASONS = {
    400: "the request cannot be understood",
    401: "the token is missing, wrong, expired or revoked",
    403: "not now, or not by you",
    404: "not there, or not for you",
    405: "another method",
    409: "the present state does not allow it",
    413: "too large",
    415: "another content type",
    422: "values that cannot be accepted; errors says where",
    429: "rate limit or quota; see Retry-After",
}


FAULT_REF = "#/components/schemas/ProblemJson"
UPLOAD_PATH = "/api/v1/problems/{slug}/submissions"
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "contest": {"type": "string"},
                        "team": {"type": "integer"},
                        "format": {"type": "string"},
                        "note": {"type": "string"},
                        "smoke": {"type": "boolean", "description": "judge it on the sample alone"},
                        "file": {"type": "string", "format": "binary", "description": "the last field"},
                    },
                }
            },
        },
    }
}


def complete(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """Add what decorators cannot say: the two forms of an upload's body, its header, the shape of errors."""
    if isinstance(spec, str):
        return spec
    fault = ProblemJson.model_json_schema(ref_template="#/components/schemas/{model}")
    spec["components"]["schemas"].update({**fault.pop("$defs"), "ProblemJson": fault})
    operation = spec["paths"][UPLOAD_PATH]["post"]
    operation.update(UPLOAD_BODY)
    operation.setdefault("parameters", []).append(
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}}
    )
    return spec


def faults(*statuses: int) -> dict[int, Any]:
    """Return the error responses of a view; 429 is always possible."""
    return {status: _fault(REASONS[status]) for status in (*statuses, 429)}


def _fault(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": FAULT_REF}}}
    return {"description": description, "content": content}
