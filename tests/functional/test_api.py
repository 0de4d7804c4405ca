"""The REST API over real HTTP: what a script does from token to leaderboard."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from live_judge import GOOD_CSV, PASSWORD, LiveJudge, running_judge

from judge.clock import utc_now
from judge.models import ApiToken
from judge.services import accounts, teams
from scoring.contract import Message

PROBLEM_JSON = "application/problem+json"


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with running_judge(tmp_path_factory.mktemp("api") / "home") as running:
        yield running


def submit(
    client: httpx.Client, slug: str = "tiny", body: bytes = GOOD_CSV, **params: object
) -> httpx.Response:
    return client.post(
        f"/api/v1/problems/{slug}/submissions",
        params={"filename": "rows.csv", **params},
        content=body,
        headers={"Content-Type": "application/octet-stream"},
    )


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == PROBLEM_JSON
    body = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["detail"] and body["title"]
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def test_from_upload_to_leaderboard(judge: LiveJudge) -> None:
    ann, ben = judge.person("ann"), judge.person("ben")
    judge.contest("road", quota=100)
    with judge.http(ann) as http:
        answer = submit(http, "tiny-cup", contest="road", note="first try")
        assert answer.status_code == 201
        made = answer.json()
        assert answer.headers["Location"] == f"/api/v1/submissions/{made['id']}"
        assert made["state"] == "queued" and made["verdict"] is None and made["queue_position"] >= 1
        assert made["quota"]["used_today"] == 1 and made["quota"]["limit_per_day"] == 100
        assert made["submitted_at"].endswith("Z")
        assert http.get(answer.headers["Location"]).json()["note"] == "first try"
        judge.settle(made["id"], score=0.75)
        done = http.get(f"/api/v1/submissions/{made['id']}").json()
    assert (done["state"], done["verdict"], done["score"]) == ("done", "AC", 0.75)
    assert [(m["key"], m["split"], m["value"]) for m in done["metrics"]] == [
        ("roc_auc", "public", 0.75),
        ("log_loss", "public", None),  # the private one is not revealed
    ]
    assert done["sandbox"] == {"name": "local", "is_weaker": True, "weaknesses": ["no-cgroup"]}
    assert "host" not in json.dumps(done)
    with judge.http(ben) as http:
        judge.settle(submit(http, "tiny-cup", contest="road").json()["id"], score=0.9)
        board = http.get("/api/v1/contests/road/leaderboard", params={"problem": "tiny-cup"}).json()
        assert [(row["rank"], row["team"], row["score"]) for row in board["rows"]] == [
            (1, "ben", 0.9),
            (2, "ann", 0.75),
        ]
        assert [row["is_own"] for row in board["rows"]] == [True, False]
        assert board["rows"][1]["submission"] is None
        second = http.get("/api/v1/contests/road/leaderboard?limit=1&offset=1").json()
        assert [row["team"] for row in second["rows"]] == ["ann"] and second["n_teams"] == 2


def test_a_form_does_the_same_as_a_raw_body(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        answer = http.post(
            "/api/v1/problems/tiny/submissions",
            data={"note": "纸条", "contest": "practice"},
            files={"file": ("预测.csv", GOOD_CSV)},
        )
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert (made["filename"], made["note"], made["size_bytes"]) == ("预测.csv", "纸条", len(GOOD_CSV))
        back = http.get(made["urls"]["file"])
    assert back.content == GOOD_CSV
    assert back.headers["Content-Disposition"].startswith("attachment")


def test_a_form_larger_than_the_reading_buffer_arrives_whole(judge: LiveJudge) -> None:
    body = b"id,score\n" + b"".join(b"%d,0.125\n" % row for row in range(60_000))
    with judge.http(judge.person()) as http:
        answer = http.post("/api/v1/problems/tiny/submissions", files={"file": ("rows.csv", body)})
        assert answer.status_code == 201, answer.text
        assert http.get(answer.json()["urls"]["file"]).content == body


def test_no_content_length_is_needed(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        answer = http.post(
            "/api/v1/problems/tiny/submissions?filename=rows.csv",
            content=iter([GOOD_CSV[:10], GOOD_CSV[10:]]),
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.status_code == 201, answer.text
        assert answer.json()["size_bytes"] == len(GOOD_CSV)


def test_the_same_idempotency_key_gives_the_same_submission(judge: LiveJudge) -> None:
    with judge.http(judge.person(), **{"Idempotency-Key": "run-17"}) as http:
        first, second = submit(http), submit(http)
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["quota"]["used_today"] == 1


@pytest.mark.parametrize("key", ["", "x" * 5000, "späte"])
def test_an_absurd_idempotency_key_is_refused(judge: LiveJudge, key: str) -> None:
    with judge.http(judge.person()) as http:
        answer = http.post(
            "/api/v1/problems/tiny/submissions?filename=rows.csv",
            content=GOOD_CSV,
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": key.encode()},
        )
    assert answer.status_code == 422, answer.text


def test_a_wait_ends_when_judging_ends(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        name = submit(http).json()["id"]
        timer = threading.Timer(0.5, judge.settle, [name])
        timer.start()
        began = time.monotonic()
        seen = http.get(f"/api/v1/submissions/{name}?wait=20").json()
        took_s = time.monotonic() - began
        timer.join()
    assert seen["state"] == "done"
    assert 0.4 < took_s < 5


def test_a_wait_with_since_ends_at_the_next_state(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        name = submit(http).json()["id"]
        timer = threading.Timer(0.3, judge.advance, [name, "running"])
        timer.start()
        seen = http.get(f"/api/v1/submissions/{name}?wait=20&since=queued").json()
        timer.join()
        assert seen["state"] == "running"
        began = time.monotonic()
        assert http.get(f"/api/v1/submissions/{name}?wait=20&since=queued").json()["state"] == "running"
        assert time.monotonic() - began < 2  # it is no longer queued: known at once


def test_a_wait_without_news_ends_in_time(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        name = submit(http).json()["id"]
        began = time.monotonic()
        assert http.get(f"/api/v1/submissions/{name}?wait=1").json()["state"] == "queued"
    assert 0.9 < time.monotonic() - began < 4


def test_waiting_scripts_leave_threads_for_others(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        name = submit(http).json()["id"]
        with ThreadPoolExecutor(70) as pool:
            waits = [pool.submit(http.get, f"/api/v1/submissions/{name}?wait=3") for _ in range(70)]
            time.sleep(0.8)
            began = time.monotonic()
            assert httpx.get(f"{judge.url}/healthz", trust_env=False).status_code == 200
            assert time.monotonic() - began < 2
            assert {wait.result().status_code for wait in waits} == {200}


def test_fifty_at_once_get_exactly_the_quota(judge: LiveJudge) -> None:
    judge.contest("five", quota=5)
    person = judge.person()
    with judge.http(person) as http, ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: submit(http, "tiny-cup", contest="five"), range(50)))
        listed = http.get("/api/v1/submissions?contest=five").json()["items"]
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 45
    refused = next(answer for answer in answers if answer.status_code == 429)
    body = assert_problem(refused, 429, "quota-exceeded")
    assert body["params"]["limit"] == 5
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert len(listed) == 5


def test_messages_come_in_the_language_asked_for(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        name = submit(http).json()["id"]
        judge.settle(name, "PE", score=None, messages=(Message(code="id-missing", params={"id": "4"}),))
        english = http.get(f"/api/v1/submissions/{name}", headers={"Accept-Language": "en"}).json()
        problem = http.get("/api/v1/problems/tiny", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).json()
    assert english["verdict"] == "PE" and english["score"] is None
    assert english["messages"] == [
        {"code": "id-missing", "text": "There is no row for id 4.", "params": {"id": "4"}}
    ]
    assert problem["name"] == "小表" and problem["statement"].startswith("# 小表")


def test_own_submissions_are_paged_newest_first(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        made = [submit(http).json()["id"] for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = http.get(
                "/api/v1/submissions", params={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
            )
            seen += [item["id"] for item in page.json()["items"]]
            cursor = page.json()["next"]
            if cursor is None:
                break
        assert seen == made[::-1]
        assert http.get("/api/v1/submissions?problem=tiny-cup").json()["items"] == []


def test_problem_files_can_be_fetched(judge: LiveJudge) -> None:
    with judge.http() as http:
        problem = http.get("/api/v1/problems/tiny").json()
        by_path = {file["path"]: file for file in problem["files"]}
        assert set(by_path) == {"train.csv", "starter/baseline.py"}
        assert http.get(by_path["train.csv"]["url"]).content == b"id,score,label\n9,0.5,1\n"
        for name in (
            "../problem.yaml",
            "..%2f..%2fproblem.yaml",
            "reference.csv",
            "hidden/reference/reference.csv",
        ):
            assert http.get(f"/api/v1/problems/tiny/files/{name}").status_code == 404


def test_entering_a_contest(judge: LiveJudge) -> None:
    judge.contest("enter-me")
    person = judge.person()
    with judge.runtime.database.transaction() as session:
        team_id = teams.create_team(session, person.account, name="Pair").id
    with judge.http(person) as http:
        entered = http.post("/api/v1/contests/enter-me/entry", json={"team": team_id})
        assert entered.status_code == 201, entered.text
        assert entered.json()["team"]["name"] == "Pair"
        assert http.post("/api/v1/contests/enter-me/entry", json={"team": team_id}).status_code == 201
        assert_problem(
            http.post("/api/v1/contests/enter-me/entry", json={}), 409, "already-entered-with-other-team"
        )
        assert http.post("/api/v1/contests/enter-me/entry", json={"team": 999_999}).status_code == 404
        made = submit(http, "tiny-cup", contest="enter-me").json()
        assert made["team"] == {"id": team_id, "name": "Pair", "is_solo": False}


def test_contests_say_when(judge: LiveJudge) -> None:
    judge.contest("seen")
    with judge.http() as http:
        listed = {contest["slug"]: contest for contest in http.get("/api/v1/contests").json()["items"]}
        one = http.get("/api/v1/contests/seen").json()
    assert "seen" in listed
    assert one["status"] == "running" and one["problems"] == [{"slug": "tiny-cup", "name": "Tiny table"}]
    assert one["phases"][0]["is_current"] and one["phases"][0]["ends_at"].endswith("Z")


def test_closed_contests_refuse(judge: LiveJudge) -> None:
    judge.contest("over", start_h=-3, end_h=-1)
    judge.contest("early", start_h=1, end_h=3)
    before = judge.files()
    with judge.http(judge.person()) as http:
        assert_problem(submit(http, "tiny-cup", contest="over"), 403, "contest-ended")
        assert submit(http, "tiny-cup", contest="early").status_code in (403, 404)
        assert_problem(submit(http, "tiny", contest="over"), 404, "problem-not-in-contest")
        assert submit(http, "tiny", contest="no-such").status_code == 404
        assert submit(http, "no-such").status_code == 404
    assert judge.files() == before


def test_foreign_submissions_do_not_exist(judge: LiveJudge) -> None:
    with judge.http(judge.person()) as http:
        name = submit(http).json()["id"]
    with judge.http(judge.person()) as http:
        for address in (f"/api/v1/submissions/{name}", f"/api/v1/submissions/{name}/file"):
            foreign = assert_problem(http.get(address), 404, "submission-not-found")
            unknown = assert_problem(http.get(address.replace(name, "0" * 26)), 404, "submission-not-found")
            assert foreign["detail"] == unknown["detail"]
        assert http.get("/api/v1/submissions", params={"cursor": name}).status_code == 404
        assert name not in http.get("/api/v1/submissions").text


def test_tokens_that_do_not_open(judge: LiveJudge) -> None:
    person = judge.person()
    with judge.http(person) as http:
        assert http.get("/api/v1/me").json()["username"] == person.account.username
    with judge.runtime.database.transaction() as session:
        token = session.query(ApiToken).filter_by(account_id=person.account.id).one()
        token.expires_at = utc_now() - timedelta(seconds=1)
    with judge.http(person) as http:
        expired = http.get("/api/v1/me")
        assert_problem(expired, 401, "token-expired")
        assert expired.headers["WWW-Authenticate"].startswith("Bearer")
    with judge.runtime.database.transaction() as session:
        token = session.query(ApiToken).filter_by(account_id=person.account.id).one()
        token.expires_at = utc_now() + timedelta(days=1)
        accounts.revoke_token(session, person.account, token.id)
    with judge.http(person) as http:
        assert_problem(http.get("/api/v1/me"), 401, "token-revoked")
        assert_problem(http.get("/api/v1/problems"), 401, "token-revoked")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer omj_wrong", "Basic YTpi", "omj_x", "Bearer " + "x" * 5000, "Bearer ü"],
)
def test_headers_that_are_no_token(judge: LiveJudge, header: str) -> None:
    with judge.http() as http:
        answer = http.get("/api/v1/me", headers={"Authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.json()["code"] in ("token-invalid", "unauthenticated")


def test_a_session_cookie_is_not_a_token(judge: LiveJudge) -> None:
    judge.person("cookie-monster")
    with judge.http() as http:
        page = http.get("/sign-in").text
        csrf = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        form = {"csrf_token": csrf, "username": "cookie-monster", "password": PASSWORD}
        signed_in = http.post("/sign-in", data=form)
        assert signed_in.status_code in (302, 303), signed_in.text[:500]
        assert http.get("/submissions").status_code == 200
        assert_problem(http.get("/api/v1/me"), 401, "unauthenticated")
        assert_problem(submit(http), 401, "unauthenticated")
