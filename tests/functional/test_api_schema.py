"""The OpenAPI description against the running API: what it promises is what comes, and nothing crashes it."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from live_judge import GOOD_CSV, LiveJudge, running_judge
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = (not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance)


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with running_judge(tmp_path_factory.mktemp("schema") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def headers(judge: LiveJudge) -> dict[str, str]:
    person = judge.person()
    with judge.http(person) as http:
        made = http.post(
            "/api/v1/problems/tiny/submissions?filename=a.csv",
            content=GOOD_CSV,
            headers={"Content-Type": "application/octet-stream"},
        )
        judge.settle(made.json()["id"])
    return person.headers


OPERATIONS = [
    "GET /api/v1/me",
    "GET /api/v1/problems",
    "GET /api/v1/problems/{slug}",
    "GET /api/v1/problems/{slug}/files/{name}",
    "POST /api/v1/problems/{slug}/submissions",
    "GET /api/v1/submissions",
    "GET /api/v1/submissions/{public_id}",
    "GET /api/v1/submissions/{public_id}/file",
    "GET /api/v1/submissions/{public_id}/plots/{name}",
    "POST /api/v1/submissions/{public_id}/cancellation",
    "GET /api/v1/submissions/{public_id}/calls",
    "GET /api/v1/submissions/{public_id}/receipt",
    "GET /api/v1/receipt-keys",
    "GET /api/v1/contests",
    "GET /api/v1/contests/{slug}",
    "POST /api/v1/contests/{slug}/entry",
    "GET /api/v1/contests/{slug}/leaderboard",
    "GET /api/v1/contests/{slug}/probing",
    "GET /api/v1/contests/{slug}/standings",
    "GET /api/v1/contests/{slug}/tracks",
    "POST /api/v1/contests/{slug}/tracks",
    "GET /api/v1/contests/{slug}/entries",
    "PATCH /api/v1/contests/{slug}/entries/{team_id}",
    "POST /api/v1/contests/{slug}/merges",
    "PUT /api/v1/contests/{slug}/format",
    "PATCH /api/v1/contests/{slug}/phases/{position}",
    "PUT /api/v1/contests/{slug}/phases/{position}/ranking",
    "POST /api/v1/contests/{slug}/phases/{position}/acts",
    "PUT /api/v1/submissions/{public_id}/selection",
    "GET /api/v1/images",
    "GET /api/v1/images/{name}",
    "GET /api/v1/rejudgings",
    "POST /api/v1/rejudgings",
    "POST /api/v1/rejudgings/selection",
    "GET /api/v1/rejudgings/{rejudging_id}",
    "GET /api/v1/rejudgings/{rejudging_id}/changes",
    "GET /api/v1/rejudgings/{rejudging_id}/ranks",
    "POST /api/v1/rejudgings/{rejudging_id}/apply",
    "POST /api/v1/rejudgings/{rejudging_id}/discard",
]


TAKE_ANY_TEXT = (  # nothing but a name in the address, or nothing at all: no text is of a wrong type
    "GET /api/v1/problems/{slug}",
    "GET /api/v1/problems/{slug}/files/{name}",
    "GET /api/v1/contests/{slug}",
    "GET /api/v1/contests/{slug}/tracks",
    "GET /api/v1/contests/{slug}/probing",
    "GET /api/v1/receipt-keys",
    "POST /api/v1/submissions/{public_id}/cancellation",
    "GET /api/v1/images",
    "GET /api/v1/images/{name}",
)


@pytest.fixture(scope="module")
def described(judge: LiveJudge):
    schema = schemathesis.openapi.from_url(f"{judge.url}/api/openapi.json")
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def test_all_operations_are_listed_here(described) -> None:
    assert sorted(described) == sorted(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_input_crashes_and_answers_are_as_described(
    described, headers: dict[str, str], label: str
) -> None:
    operation = described[label]

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(case=operation.as_strategy())
    def try_it(case) -> None:
        if case.query and "wait" in case.query:
            case.query["wait"] = 0
        case.call_and_validate(headers=headers, checks=list(CHECKS))

    try_it()


@pytest.mark.parametrize("label", [label for label in OPERATIONS if label not in TAKE_ANY_TEXT])
def test_wrong_input_is_the_clients_fault(described, headers: dict[str, str], label: str) -> None:
    operation = described[label]

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def try_it(case) -> None:
        case.call_and_validate(headers=headers, checks=[not_a_server_error])

    try_it()


def test_every_reference_leads_somewhere(judge: LiveJudge) -> None:
    spec = httpx.get(f"{judge.url}/api/openapi.json", trust_env=False).json()
    names = set(spec["components"]["schemas"])
    seen = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                seen.add(node["$ref"].removeprefix("#/components/schemas/"))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(spec)
    assert seen and seen <= names
    assert {"/api/v1/me", "/api/v1/problems/{slug}/submissions"} <= set(spec["paths"])
