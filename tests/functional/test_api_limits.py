"""Rate limits, as scripts see them."""

import pytest
from live_judge import LiveJudge, running_judge


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with running_judge(tmp_path_factory.mktemp("limits") / "home", JUDGE_IS_TESTING="false") as running:
        yield running


def test_guessing_tokens_is_slowed_down(judge: LiveJudge) -> None:
    with judge.http() as http:
        answers = [http.get("/api/v1/me", headers={"Authorization": f"Bearer omj_{n}"}) for n in range(70)]
    assert {answer.status_code for answer in answers} == {401, 429}
    last = answers[-1]
    assert last.status_code == 429
    assert last.headers["Content-Type"] == "application/problem+json"
    assert last.json()["code"] == "rate-limited"
    assert 0 < int(last.headers["Retry-After"]) <= 60


def test_answers_say_what_is_left(judge: LiveJudge) -> None:
    with judge.http() as http:
        first, second = http.get("/api/v1/problems"), http.get("/api/v1/problems")
    for answer in (first, second):
        assert int(answer.headers["RateLimit-Limit"]) > 0
        assert 0 <= int(answer.headers["RateLimit-Reset"]) <= 61  # a window of a minute, rounded up
    assert int(second.headers["RateLimit-Remaining"]) < int(first.headers["RateLimit-Remaining"])
