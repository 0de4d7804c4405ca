"""Nothing that anybody can fetch depends on private results before their time.

Rather than look for one number, every address of the portal and the API is fetched twice by everybody who
is not the organizer, with other private results in between: scores, intervals, replicates, test cases,
tables, and so the order of the private board. Status, headers (ETags too) and bodies must be the same.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from judge.clock import utc_now
from judge.models import Judgement, Metric, Phase, Replicates, Run, Submission
from judge.models.words import Format, Ladder, Verdict
from judge.receipts import SigningKey
from judge.runtime import Runtime
from judge.services import accounts, contests
from judge.services.boards import conducting
from judge.services.boards.rebuilding import rebuild
from judge.services.results import JudgementResult
from judge.worker.steps.settle import settle
from scoring.contract import MetricValue
from scoring.formats import Scale
from tests.factories.packages import predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World
from tests.functional.pages.test_pages_exhibits import exhibit

KEY = SigningKey(bytes(32))
# What is new with every answer, whatever it is about.
_FRESH = re.compile(
    r'name="csrf_token"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="csrf_token"|nonce="[^"]*"|nonce-[\w+/=-]+'
    r'|name="once"[^>]*>|"request_id": ?"[^"]*"|csrf-token" content="[^"]*"|data-now="[^"]*"'
)
_FRESH_HEADERS = {
    "Date",
    "Expires",
    "X-Request-ID",
    "Set-Cookie",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
}
_STREAMS = {"submissions.events"}
PLACES = {"slug": "cup", "name": "plot-private", "position": 0, "rejudging_id": 1, "team_id": 1, "code": "en"}


@pytest.fixture(params=["plain", "ladder", "frozen"])
def cup(request: pytest.FixtureRequest, runtime: Runtime, tmp_path: Path) -> World:
    """Return a running contest in which two teams handed in twice each."""
    world = World(runtime)
    world.publish(predictions_package(tmp_path))
    owner = world.person("owner", role="organizer")
    ladder = Ladder.STEP if request.param == "ladder" else Ladder.OFF
    step = 0.01 if request.param == "ladder" else None
    world.contest("cup", ["tiny-table"], owner=owner, ladder=ladder, ladder_step=step)
    ada, bob = world.person("ada"), world.person("bob")
    for number, person in enumerate((ada, bob, ada, bob)):
        submission = world.submit(person, contest_slug="cup")
        settle(runtime, world.claim(submission), result(number), KEY)
    with runtime.database.transaction() as session:
        contest = contests.get_run_contest(session, "cup", viewer=owner)
        scales = {"tiny-table": Scale(0.0, 1.0, 100.0)}
        conducting.set_format(session, contest, Format.SUM, scales, actor=owner)
        if request.param == "frozen":
            phase = contest.phases[0]
            conducting.freeze(session, phase, actor=owner, now=utc_now() - timedelta(seconds=1))
    return world


def result(number: int) -> JudgementResult:
    tables, plots, subtasks, cases = zip(exhibit("public"), exhibit("private"), strict=True)
    public, private = 0.5 + number / 100, 0.1 + number / 10
    values = (("public", public), ("private", private))
    metrics = tuple(
        MetricValue(key="roc_auc", split=split, value=value, higher_is_better=True) for split, value in values
    )
    return JudgementResult(
        Verdict.AC, public, private, metrics=metrics, tables=tables, plots=plots, subtasks=subtasks,
        cases=cases, receipt={"seed": 1},
    )  # fmt: skip


def change_private_results(runtime: Runtime) -> None:
    """Turn everything private round, as another hidden set would."""
    with runtime.database.transaction() as session:
        for judgement in session.scalars(select(Judgement)):
            assert judgement.score_private is not None
            judgement.score_private = 1 - judgement.score_private
            exhibits = {
                kind: [_other(one) if one["split"] == "private" else one for one in shown]
                for kind, shown in judgement.exhibits.items()
            }
            judgement.exhibits = exhibits
        is_private = Metric.split == "private"
        changed = {"value": 1 - Metric.value, "low": 0.0, "high": 1.0, "std_error": 0.2}
        session.execute(update(Metric).where(is_private).values(**changed))
        session.execute(update(Replicates).where(Replicates.split == "private").values(content=b"\0" * 8))
        other = {"verdict": "WA", "score": 0.0, "name": "other", "wall_time_s": 9.0}
        session.execute(update(Run).where(Run.split == "private").values(**other))
        session.flush()
        for phase in session.scalars(select(Phase)):
            rebuild(session, phase)


def _other(one: dict) -> dict:
    return {**one, "title": {"en": "Other", "zh": "另"}, "points": 1.0, "sha256": "0" * 64}


def addresses(app: APIFlask, public_ids: list[str]) -> Iterator[str]:
    """Yield every address that can be fetched, for each submission where it is about one."""
    mapper = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        is_left_out = rule.endpoint in _STREAMS or rule.endpoint.endswith("static")
        if "GET" not in (rule.methods or ()) or is_left_out:
            continue
        names = {**PLACES, "slug": "tiny-table"} if "/problems/" in rule.rule else PLACES
        for public_id in public_ids if "public_id" in rule.arguments else [""]:
            values = {**names, "public_id": public_id}
            yield mapper.build(rule.endpoint, {name: values[name] for name in rule.arguments})
    for split in ("public", "private"):
        for view in ("leaderboard", "standings"):
            yield f"/contests/cup/{view}?split={split}"
            yield f"/api/v1/contests/cup/{view}?split={split}"
    yield "/api/v1/submissions?contest=cup"


def fetched(app: APIFlask, runtime: Runtime, tokens: dict[str, str]) -> dict[tuple[str, str], tuple]:
    """Return what everybody but the organizer is given, by who asks and what for."""
    with runtime.database.read() as session:
        public_ids = list(session.scalars(select(Submission.public_id).order_by(Submission.id)))
    found = {}
    for name in ("", "ada", "bob"):
        visitor = Visitor(app)
        if name:
            visitor.sign_in(name)
        for address in addresses(app, public_ids):
            headers = {"Authorization": f"Bearer {tokens[name]}"} if name and "/api/" in address else {}
            answer = visitor.get(address, headers=headers)
            assert answer.status_code < 500 or address == "/readyz", address  # no queue runs here
            kept = tuple((key, value) for key, value in answer.headers if key not in _FRESH_HEADERS)
            body = _FRESH.sub("", answer.get_data(as_text=True)) if _is_text(answer.mimetype) else answer.data
            policy = tuple((key, _FRESH.sub("", value)) for key, value in kept)
            found[name, address] = (answer.status_code, policy, body)
    return found


def _is_text(mimetype: str) -> bool:
    return mimetype.startswith("text/") or mimetype.endswith("json")


def test_nobody_can_tell_that_private_results_changed(app: APIFlask, cup: World, runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        tokens = {
            name: accounts.create_token(session, accounts.find_account(session, name), name="t", days=1).text
            for name in ("ada", "bob")
        }
    fetched(app, runtime, tokens)  # tokens are used from now on: it shows in the settings
    before = fetched(app, runtime, tokens)
    with runtime.database.read() as session:
        order = select(Judgement.score_private).order_by(Judgement.id)
        was = session.scalars(order).all()
    change_private_results(runtime)
    with runtime.database.read() as session:
        assert session.scalars(order).all() != was
    after = fetched(app, runtime, tokens)
    assert len(before) > 150
    assert [place for place in before if before[place] != after[place]] == []
    # The comparison sees what is public: one public score, and it is told.
    with runtime.database.transaction() as session:
        session.execute(update(Judgement).values(score=0.123456, released_score=0.123456))
    seen = fetched(app, runtime, tokens)
    assert any(before[place] != seen[place] for place in before)
