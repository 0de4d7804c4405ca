"""Pages and API of intervals, ties and ladders: told where they may be, nothing hidden before its time."""

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from judge.clock import utc_now
from judge.models import Judgement, Phase, Submission
from judge.services import accounts
from problems.loader import load
from scoring.contract import Message
from tests.factories.cups import Cup
from tests.factories.packages import predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World

ROWS = [0.02 * (-1) ** number for number in range(40)]
PUBLIC, PRIVATE = 0.61237, 0.58431  # digits that nothing else on a page has, rounded or not


@pytest.fixture
def cup(runtime, tmp_path) -> Cup:
    world = World(runtime)
    package = predictions_package(tmp_path)
    world.publish(load(package.root))
    boss = world.person("boss", role="organizer")
    world.contest("cup", ["tiny-table"], owner=boss)
    return Cup(world, "cup", people={"ada": world.person("ada"), "bob": world.person("bob")})


def address_of(cup: Cup) -> str:
    with cup.world.runtime.database.read() as session:
        return session.scalars(select(Submission.public_id).order_by(Submission.id.desc())).first()


def headers_of(cup: Cup, name: str) -> dict[str, str]:
    with cup.world.runtime.database.transaction() as session:
        account = accounts.find_account(session, name)
        text = accounts.create_token(session, account, name="t", days=1).text
    return {"Authorization": f"Bearer {text}", "Accept-Language": "en"}


def everything(cup: Cup, app, public_id: str, name: str = "ada") -> str:
    """Return all that a contestant can get hold of, as one text."""
    visitor, headers, client = Visitor(app).sign_in(name), headers_of(cup, name), app.test_client()
    pages = (
        f"/submissions/{public_id}", f"/submissions/{public_id}/panel", "/submissions", "/contests/cup",
        "/contests/cup/leaderboard?problem=tiny-table",
        "/contests/cup/leaderboard?problem=tiny-table&split=private",
    )  # fmt: skip
    calls = (
        f"submissions/{public_id}", "submissions", "contests/cup/leaderboard?problem=tiny-table",
        "contests/cup/leaderboard?problem=tiny-table&split=private", f"submissions/{public_id}/receipt",
    )  # fmt: skip
    found = [visitor.get(page) for page in pages]
    found += [client.get(f"/api/v1/{call}", headers=headers, buffered=True) for call in calls]
    return "\n".join(answer.text + str(answer.headers) for answer in found)


def test_an_interval_is_on_the_page_the_board_and_in_the_api(cup, app):
    cup.submit("ada", PUBLIC, PRIVATE, rows=ROWS)
    public_id = address_of(cup)
    cup.submit("bob", 0.6124, 0.5, rows=ROWS[::-1])
    text = Visitor(app).sign_in("ada").get(f"/submissions/{public_id}").text
    low, high = PUBLIC - 1.96 * 0.02 * (40 / 39) ** 0.5, PUBLIC + 1.96 * 0.02 * (40 / 39) ** 0.5
    assert f"{low:.5f} – {high:.5f}" in text
    board = Visitor(app).get("/contests/cup/leaderboard?problem=tiny-table").text
    assert "≈ 1–2" in board
    assert "statistically tied" in board
    assert "统计上" in Visitor(app, language="zh").get("/contests/cup/leaderboard?problem=tiny-table").text
    said = app.test_client().get(f"/api/v1/submissions/{public_id}", headers=headers_of(cup, "ada")).json
    (metric,) = said["metrics"]
    assert metric["interval"]["low"] == pytest.approx(low, abs=1e-3)
    rows = app.test_client().get("/api/v1/contests/cup/leaderboard?problem=tiny-table").json["rows"]
    assert [row["tied_ranks"] for row in rows] == [{"first": 1, "last": 2}] * 2
    # Nothing of the private part, whose interval and replicates are stored as well.
    told = everything(cup, app, public_id)
    assert f"{PRIVATE:.3f}" not in told
    assert str(low + PRIVATE - PUBLIC)[:5] not in told


def test_with_a_ladder_only_what_is_released_is_told(cup, app):
    with cup.world.runtime.database.transaction() as session:
        session.execute(update(Phase).values(ladder="step", ladder_step=0.5))
    cup.submit("ada", 0.5, 0.5, rows=ROWS)
    number = cup.submit("ada", PUBLIC, PRIVATE, rows=ROWS)
    public_id = address_of(cup)
    message = Message(code="requirement-minimum", params={"metric": "AUC", "found": PUBLIC, "limit": 0.9})
    with cup.world.runtime.database.transaction() as session:
        session.get_one(Judgement, number).messages = [message.model_dump()]
    told = everything(cup, app, public_id)
    for value in (PUBLIC, PRIVATE):
        assert f"{value:.3f}" not in told
    assert "misses what is required" in told
    assert "It moves only when" in told
    said = app.test_client().get(f"/api/v1/submissions/{public_id}", headers=headers_of(cup, "ada")).json
    assert (said["score"], said["is_released_score"], said["metrics"]) == (0.5, True, [])
    assert f"{PUBLIC:.3f}" in Visitor(app).sign_in("boss").get(f"/submissions/{public_id}").text
    with cup.world.runtime.database.transaction() as session:
        session.execute(update(Phase).values(ends_at=utc_now() - timedelta(seconds=1), reveal_at=None))
    told = everything(cup, app, public_id)
    assert f"{PUBLIC:.3f}" in told
    assert f"{PRIVATE:.3f}" in told


def test_an_organizer_sets_up_a_ladder(cup, app):
    boss = Visitor(app).sign_in("boss")
    page = boss.get("/organizer/contests/cup/edit").text
    fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page))
    fields |= {"phases-0-ladder": "step", "phases-0-ladder_step": "0.01", "is_published": "y"}
    assert boss.post("/organizer/contests/cup/edit", fields).status_code == 303
    with cup.world.runtime.database.read() as session:
        phase = session.scalars(select(Phase).where(Phase.ladder != "off")).one()
        assert (phase.ladder, phase.ladder_step) == ("step", 0.01)
    fields |= {"phases-0-ladder_step": ""}
    assert "a step above 0" in boss.post("/organizer/contests/cup/edit", fields).text
    assert app.test_client().get("/api/v1/contests/cup/leaderboard").json["has_ladder"] is True
    (told,) = app.test_client().get("/api/v1/contests/cup").json["phases"]
    assert (told["ladder"], told["ladder_step"]) == ("step", 0.01)


def rejudged(cup: Cup, name: str) -> int:
    """Return a new judgement beside that of a person's first submission."""
    with cup.world.runtime.database.transaction() as session:
        old = session.scalars(
            select(Judgement)
            .join(Submission, Submission.id == Judgement.submission_id)
            .where(Submission.account_id == cup.people[name].id)
            .order_by(Judgement.id)
        ).first()
        new = Judgement(
            submission_id=old.submission_id, problem_version_id=old.problem_version_id, is_current=False,
            replaces_id=old.id, queued_at=utc_now(),
        )  # fmt: skip
        session.add(new)
        session.flush()
        return new.id


def test_nearly_equal_predictions_are_told_to_organizers_alone(cup, app):
    rng = random.Random(3)
    first = rng.randbytes(2048)
    near = rng.randbytes(10) + first[10:]
    cup.submit("ada", 0.5, sketch=first)
    for _ in range(3):
        cup.submit("ada", 0.5, sketch=near)
    cup.submit("ada", 0.5, sketch=rng.randbytes(2048))
    cup.submit("bob", 0.5, sketch=first)
    cup.submit("bob", 0.5)
    said = app.test_client().get("/api/v1/contests/cup/probing", headers=headers_of(cup, "boss")).json
    assert [(one["team"], one["n_near"], one["n_submissions"]) for one in said["teams"]] == [("ada", 3, 5)]
    (pair,) = said["pairs"]
    assert (pair["later"]["team"], pair["earlier"]["team"], pair["share"], pair["n_near"]) == (
        "bob", "ada", 1.0, 4,
    )  # fmt: skip
    again = rejudged(cup, "bob")
    cup.settle(again, 0.5, sketch=first)
    assert app.test_client().get("/api/v1/contests/cup/probing", headers=headers_of(cup, "boss")).json == said
    page = Visitor(app).sign_in("boss").get("/organizer/contests/cup/probing")
    assert "100.0 %" in page.text
    assert "ada" in page.text
    assert (
        "近乎相同" in Visitor(app, language="zh").sign_in("boss").get("/organizer/contests/cup/probing").text
    )
    cup.world.person("other", role="organizer")
    for name in ("ada", "other"):
        answer = Visitor(app).sign_in(name).get("/organizer/contests/cup/probing")
        assert answer.status_code in (403, 404)
        answer = app.test_client().get("/api/v1/contests/cup/probing", headers=headers_of(cup, name))
        assert (answer.status_code, answer.json["code"]) == (403, "contest-not-yours")
    assert app.test_client().get("/api/v1/contests/cup/probing").status_code == 401
