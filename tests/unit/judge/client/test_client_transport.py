"""Retries, and errors as types: what the client makes of each thing a network can do."""

import httpx
import pytest

from judge.client import AuthFailed, ClientError, JudgeClient, Refused, ServerUnavailable
from judge.client.transport import Retrying, as_error, retry_after_s, send

SUBMISSION = {
    "id": "abc",
    "problem": "tiny",
    "contest": "practice",
    "filename": "rows.csv",
    "submitted_at": "2026-01-01T00:00:00Z",
    "state": "queued",
}


class Script:
    """Answers with one thing after the other and remembers what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, attempts: int = 5) -> JudgeClient:
        judge = JudgeClient("http://judge.test", "omj_t", retrying=Retrying(attempts, self.pauses.append))
        judge._http = httpx.Client(
            base_url=judge._http.base_url, headers=judge._http.headers, transport=httpx.MockTransport(self)
        )
        return judge


def fault(status: int, code: str, **headers: str) -> httpx.Response:
    body = {
        "code": code,
        "detail": "Because.",
        "errors": [{"field": "f", "message": "m"}],
        "request_id": "r1",
    }
    return httpx.Response(status, json=body, headers=headers)


def test_a_lost_connection_is_tried_again_with_growing_pauses() -> None:
    script = Script(httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.Response(200, json=SUBMISSION))
    assert script.client().submission("abc").id == "abc"
    assert script.pauses == [0.2, 0.4]


def test_it_gives_up_in_the_end() -> None:
    script = Script(*[httpx.ConnectError("refused")] * 3)
    with pytest.raises(ServerUnavailable, match=r"judge\.test.*ConnectError"):
        script.client(attempts=3).submission("abc")
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_restarting_server_is_waited_for(status: int) -> None:
    script = Script(
        httpx.Response(status, headers={"Retry-After": "3"}), httpx.Response(200, json=SUBMISSION)
    )
    script.client().submission("abc")
    assert script.pauses == [3.0]


def test_the_rate_limit_is_waited_for_and_the_quota_is_not() -> None:
    limited = Script(fault(429, "rate-limited", **{"Retry-After": "7"}), httpx.Response(200, json=SUBMISSION))
    limited.client().submission("abc")
    assert limited.pauses == [7.0]
    spent = Script(fault(429, "quota-exceeded", **{"Retry-After": "9000"}))
    with pytest.raises(Refused) as caught:
        spent.client().submission("abc")
    assert caught.value.code == "quota-exceeded"
    assert spent.pauses == []


def test_a_crash_is_not_repeated() -> None:
    script = Script(fault(500, "internal-error"))
    with pytest.raises(ServerUnavailable, match="r1"):
        script.client().submission("abc")


def test_problem_json_becomes_an_error_with_everything_in_it() -> None:
    with pytest.raises(Refused) as caught:
        Script(fault(422, "invalid-input")).client().submission("abc")
    error = caught.value
    assert (error.status, error.code, error.detail, error.errors) == (
        422,
        "invalid-input",
        "Because.",
        (("f", "m"),),
    )
    with pytest.raises(AuthFailed):
        Script(fault(401, "token-expired")).client().me()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"\xff", b"[" * 100_000])
def test_an_answer_of_something_else_is_no_traceback(body: bytes) -> None:
    with pytest.raises(ClientError):
        Script(httpx.Response(200, content=body)).client().me()
    assert as_error(httpx.Response(404, content=body)).code == "http-404"


def test_a_redirect_is_not_followed_with_the_token() -> None:
    script = Script(httpx.Response(301, headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(Refused, match=r"elsewhere\.test"):
        script.client().me()
    assert len(script.requests) == 1


@pytest.mark.parametrize(("text", "expected"), [("5", 5.0), ("-5", 0.0), ("soon", None), ("", None)])
def test_retry_after(text: str, expected: float | None) -> None:
    assert retry_after_s({"Retry-After": text}) == expected


def test_retry_after_as_a_date_in_the_past_is_no_pause() -> None:
    assert retry_after_s({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


def test_no_server_makes_us_sleep_for_hours() -> None:
    assert Retrying().pause_s(0, 86_400.0) <= 30


def test_a_repeated_upload_sends_all_of_it_again_with_the_same_key(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"x" * 600_000)
    script = Script(httpx.ReadError("cut"), httpx.Response(201, json=SUBMISSION))
    seen: list[tuple[int, int]] = []
    made = script.client().submit(
        path, problem="tiny", progress=lambda sent, total: seen.append((sent, total))
    )
    assert made.id == "abc"
    first, second = script.requests
    assert first.content == second.content == path.read_bytes()
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.headers["Content-Length"] == "600000" and "Transfer-Encoding" not in first.headers
    assert first.url.params["filename"] == "rows.csv"
    assert seen[-1] == (600_000, 600_000)


def test_send_leaves_a_streamed_body_unread() -> None:
    script = Script(httpx.Response(200, content=b"body"))
    with httpx.Client(transport=httpx.MockTransport(script), base_url="http://x.test") as http:
        answer = send(http, lambda: http.build_request("GET", "/"), Retrying(), stream=True)
        assert answer.read() == b"body"


def test_waiting_ends_at_the_final_state_and_tells_each() -> None:
    states = ["queued", "running", "running", "done"]
    script = Script(*[httpx.Response(200, json={**SUBMISSION, "state": state}) for state in states])
    seen: list[str] = []
    assert script.client().wait("abc", on_change=lambda item: seen.append(item.state)).is_final
    assert seen == ["queued", "running", "done"]
    assert [request.url.params.get("since") for request in script.requests] == [
        None,
        "queued",
        "running",
        "running",
    ]
    assert script.pauses == [0.5]  # the third answer came at once without news: a busy server


def test_waiting_gives_up_when_told_to() -> None:
    script = Script(*[httpx.Response(200, json=SUBMISSION)] * 2)
    with pytest.raises(ServerUnavailable, match="still queued"):
        script.client().wait("abc", timeout_s=0)


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_names_that_would_walk_to_another_resource(name: str) -> None:
    with pytest.raises(ClientError):
        Script().client().submission(name)


def test_slashes_in_names_stay_in_their_segment() -> None:
    script = Script(fault(404, "not-found"))
    with pytest.raises(Refused):
        script.client().submission("../me")
    assert script.requests[0].url.raw_path == b"/api/v1/submissions/..%2Fme"


@pytest.mark.parametrize("token", ["a b", "ü", "a\nb", "a\x00"])
def test_tokens_that_cannot_be_a_header(token: str) -> None:
    with pytest.raises(ClientError):
        JudgeClient("http://judge.test", token)
