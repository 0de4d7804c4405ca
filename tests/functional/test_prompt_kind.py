"""Kind prompt against a model server that is exact in the protocol: what is asked, kept, counted, refused."""

import json

import pytest
from pydantic import SecretStr

from judge import runtime as runtimes
from judge.clock import utc_now
from judge.db import migrate
from judge.errors import PermissionDenied
from judge.gateways import GatewayTerms
from judge.models.words import Role
from judge.services import model_answers
from judge.services.quota import quota_left
from judge.settings import load as load_settings
from judge.worker import pipeline, proving
from judge.worker.bench import DirectSource
from judge.worker.gateway import client as gateway_client
from judge.worker.gateway.desk import Desk
from judge.worker.gateway.stores import DatabaseAnswers, FolderAnswers
from judge.worker.health import Health
from judge.worker.host import Host
from judge.worker.identity import take_identity
from problems.loader import load
from sandboxes.local import Local
from tests.factories.model_server import KEY, model_server
from tests.factories.worlds import World

pytestmark = pytest.mark.slow

BOTH = {"en": "x", "zh": "十"}
SPEC = {
    "format": 1, "slug": "asked", "version": "1.0.0", "kind": "prompt", "names": BOTH, "summary": BOTH,
    "licence": "CC0-1.0", "authors": ["us"], "data": {"licence": "CC0-1.0", "source": BOTH},
    "submission": {"formats": ["text", "json", "yaml"], "max_mib": 1},
    "prompt": {
        "gateway": "lab", "model": "m", "fields": ["q"],
        "parameters": {"max_tokens": 4}, "settable": ["max_tokens"],
        "budget": {"tokens": 100, "prompt_tokens": 30, "requests": 4},
    },
    "scoring": {
        "scorer": "records", "options": {"kind": "text"},
        "metrics": [{"name": "exact_match"}], "primary": "exact_match",
    },
}  # fmt: skip
ROWS = [("a", "what is one", "ONE"), ("b", "what is two", "TWO"), ("c", "what is six", "SIX")]
TOLD = {"role": "system", "content": "Answer in capitals."}
ASKED = {"role": "user", "content": "{{q}}"}
GOOD_YAML = """\
messages:
- {role: system, content: Answer in capitals.}
- {role: user, content: "{{ q }}"}
"""
SMALL = {"tokens": 50, "prompt_tokens": 30, "requests": 3}
GOOD = json.dumps({"messages": [TOLD, ASKED]})


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def package(folder, body=GOOD, filename="p.json", *, rows=ROWS, prompt=None):
    """Write and load a problem with one example."""
    spec = {**SPEC, "prompt": {**SPEC["prompt"], **(prompt or {})}}
    rule = {"role": "good", "file": filename, "verdict": "AC", "score": [0, 1]}
    files = {
        "problem.yaml": json.dumps({**spec, "examples": {"one": rule}}),
        "statement/en.md": "# x\n", "statement/zh.md": "# 十\n",
        "hidden/inputs/inputs.jsonl": lines(*({"id": key, "q": q, "secret": "s3"} for key, q, _ in rows)),
        "hidden/reference/reference.jsonl": lines(
            *({"id": key, "answer": a, "split": "private" if key == "c" else "public"} for key, _, a in rows)
        ),
        f"submissions/one/{filename}": body,
    }  # fmt: skip
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(folder)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    made = Local(owner="prompt", run_dir=tmp_path_factory.mktemp("run"))
    yield made
    made.close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(gateway_client, "FIRST_PAUSE_S", 0.001)
    with model_server() as running:
        yield running


def terms(server, **more):
    return {"lab": GatewayTerms(url=server.url, key=KEY, models={"m": {"name": "upstream-1"}}, **more)}


@pytest.fixture
def judged(provider, server, tmp_path):
    """Judge one prompt as a proof does; returns the result."""

    def judge(body=GOOD, filename="p.json", *, gateways=None, **more):
        desk = Desk(gateways or terms(server), FolderAnswers(tmp_path / "answers"))
        made = package(tmp_path / "asked", body, filename, **more)
        try:
            return proving.judge_example(made, made.examples[0], DirectSource(provider), desk=desk)
        finally:
            desk.close()

    return judge


def said(result):
    return [message.code for message in result.messages]


def test_a_template_is_filled_in_asked_once_and_scored(judged, server):
    result = judged()
    assert (result.verdict, result.score, result.score_private) == ("AC", 1.0, 1.0), result.admin_detail
    assert result.usage["model"] == {"requests": 3, "prompt_tokens": 18, "completion_tokens": 3}
    sent = sorted(server.asked, key=lambda body: body["messages"][-1]["content"])
    assert sent[0] == {
        "model": "upstream-1", "messages": [TOLD, {"role": "user", "content": "what is one"}],
        "temperature": 0.0, "max_tokens": 4, "stream": False,
    }  # fmt: skip
    assert "s3" not in json.dumps(server.asked)
    again = judged(GOOD_YAML, "p.yaml")
    assert again.score == 1.0
    assert len(server.asked) == 3, "the same requests have the same answers"
    assert again.receipt == result.receipt
    assert [call.is_cached for call in again.calls] == [True] * 3
    assert KEY not in repr(result) + repr(again)


def test_what_is_kept_is_answered_without_the_gateway(judged, server, tmp_path):
    first = judged()
    replayed = judged(gateways={"other": terms(server)["lab"]})
    assert (replayed.verdict, replayed.score) == (first.verdict, first.score)


@pytest.mark.parametrize(
    ("body", "filename", "more", "verdict", "codes"),
    [
        ("{{q}} " + "long " * 40, "p.txt", {}, "OLE", ["prompt-tokens"]),
        ("{{q}} " + "long " * 300, "p.txt", {}, "OLE", ["prompt-context"]),
        ("{{q}} " + "long " * 24, "p.txt", {"prompt": {"budget": SMALL}}, "OLE", ["token-budget"]),
        ("say {{q}} once again", "p.txt", {}, "AC", ["prompt-cut"]),
        ("forbidden {{q}}", "p.txt", {}, "AC", ["prompt-refused"]),
        (json.dumps({"messages": [ASKED], "model": "better"}), "p.json", {}, "PE", ["prompt-key"]),
        (json.dumps({"messages": [ASKED], "tools": []}), "p.json", {}, "PE", ["prompt-key"]),
        (json.dumps({"messages": [ASKED], "parameters": {"n": 2}}), "p.json", {}, "PE", ["prompt-parameter"]),
        ("{{secret}}", "p.txt", {}, "PE", ["prompt-unknown-field"]),
    ],
)  # fmt: skip
def test_what_a_contestant_is_told(judged, body, filename, more, verdict, codes):
    result = judged(body, filename, **more)
    assert (result.verdict, said(result)) == (verdict, codes), result.admin_detail
    assert "what is" not in repr(result.messages)


def test_a_busy_service_is_asked_again(judged, server):
    server.faults = [
        (429, {"Retry-After": "0"}, {}), (500, {}, b"<html>"), (200, {}, b"{"),
        (200, {}, {"choices": [], "usage": {}}),
    ]  # fmt: skip
    assert judged(gateways=terms(server, n_at_once=1)).score == 1.0


@pytest.mark.parametrize(
    ("faults", "more", "word"),
    [
        ([(503, {}, {})] * 9, {}, "status 503"),
        ([(302, {"Location": "http://127.0.0.1:1/"}, {})], {}, "status 302"),
        ([(400, {}, {"error": {"message": "no such parameter"}})], {}, "no such parameter"),
        ([(200, {}, b"x" * (4 * 1024 * 1024 + 1))] * 3, {"n_tries": 3}, "an answer of more than"),
    ],
)
def test_a_service_at_fault_is_nobodys_submission(judged, server, faults, more, word):
    server.faults = list(faults)
    result = judged(gateways=terms(server, n_at_once=1, **more))
    assert result.verdict == "JE"
    assert word in result.admin_detail
    assert said(result) == ["judge-fault"]


def test_a_wrong_key_is_never_repeated_in_what_is_said(judged, server):
    wrong = {"lab": terms(server)["lab"].model_copy(update={"key": SecretStr("sk-wrong")})}
    result = judged(gateways=wrong)
    assert result.verdict == "JE"
    assert "status 401" in result.admin_detail
    assert "sk-wrong" not in repr(result)


def test_rows_that_cannot_be_asked_are_the_organizers(judged):
    assert "allows 4" in judged(rows=[(str(n), "q", "Q") for n in range(5)]).admin_detail
    assert "id 'a' stands already in line 1" in judged(rows=[ROWS[0], ROWS[0]]).admin_detail


@pytest.fixture
def host(server, provider, home):
    settings = load_settings(
        home=home, is_testing=True, rate_limits=False, gateways=terms(server, n_at_once=1)
    )
    migrate.upgrade(settings)
    built = Host(
        runtime=runtimes.build(settings), identity=take_identity(settings), provider=provider,
        source=DirectSource(provider), report=provider.report(), health=Health(avoid_s=0.0),
    )  # fmt: skip
    built.start()
    yield built
    built.close()


def test_a_worker_keeps_answers_and_shows_calls_to_organizers_alone(host, server, tmp_path):
    world = World(host.runtime)
    world.publish(package(tmp_path / "asked"))
    world.contest("cup", ["asked"], owner=(owner := world.person(role=Role.ORGANIZER)), quota=9)
    author = world.person()
    done = []
    for _ in range(2):
        submission = world.submit(author, problem_slug="asked", filename="p.json", chunks=[GOOD.encode()])
        pipeline.work(host, submission.judgements[-1].id)
        done.append(world.judgement(submission.judgements[-1].id))
    assert [(one.verdict, one.score, one.n_attempts) for one in done] == [("AC", 1.0, 1)] * 2, done[
        0
    ].admin_detail
    assert len(server.asked) == 3
    assert done[0].receipt["model"] == done[1].receipt["model"]
    assert done[0].receipt["model"]["n_requests"] == 3
    admin = world.person(role=Role.ADMIN)
    with host.runtime.database.read() as session:
        calls = model_answers.list_calls(session, session.merge(done[1]), viewer=admin)
        assert [(call.record, call.answer.text, call.is_cached) for call in calls] == [
            ("a", "ONE", True), ("b", "TWO", True), ("c", "SIX", True),
        ]  # fmt: skip
        for viewer in (author, owner):  # who runs another contest is no organizer of this one
            with pytest.raises(PermissionDenied):
                model_answers.list_calls(session, session.merge(done[1]), viewer=viewer)
        assert model_answers.spent_tokens(session, "lab", since=utc_now().replace(hour=0)) == 21
    assert KEY not in json.dumps([done[0].receipt, done[0].usage, done[0].admin_detail])


@pytest.mark.parametrize(("n_faults", "verdict", "n_charged"), [(5, "AC", 1), (15, "JE", 0)])
def test_a_gateway_that_is_away_is_tried_again_and_never_charged(
    host, server, tmp_path, n_faults, verdict, n_charged
):
    world = World(host.runtime)
    world.publish(package(tmp_path / "asked"))
    server.faults = [(503, {}, {})] * n_faults
    submission = world.submit(world.person(), problem_slug="asked", filename="p.json", chunks=[GOOD.encode()])
    while world.judgement(submission.judgements[-1].id).state != "done":
        pipeline.work(host, submission.judgements[-1].id)
    assert world.judgement(submission.judgements[-1].id).verdict == verdict
    with host.runtime.database.read() as session:
        left = quota_left(
            session, phase=submission.phase, problem=submission.problem, team=submission.team, now=utc_now()
        )
    assert left.used_today == n_charged


def test_tokens_of_a_day_bound_what_is_spent(host, server, tmp_path, provider):
    own = host.desk.gateways["lab"].model_copy(update={"tokens_per_day": 6})
    desk = Desk({"lab": own}, DatabaseAnswers(host.runtime.database))
    made = package(tmp_path / "asked")
    result = proving.judge_example(made, made.examples[0], DirectSource(provider), desk=desk)
    desk.close()
    assert result.verdict == "JE"
    assert "today's 6 tokens are spent" in result.admin_detail
    assert len(server.asked) == 1
