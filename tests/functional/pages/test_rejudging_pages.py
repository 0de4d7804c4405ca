"""A rejudging through the portal: count, begin, look, decide; and what contestants see of it."""

import re
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from judge.clock import utc_now
from judge.models import Judgement
from judge.models.words import Verdict
from judge.runtime import Runtime
from judge.services import judgements
from judge.services.results import JudgementResult
from scoring.contract import MetricValue
from tests.factories.packages import predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World

NEW = "/organizer/rejudgings/new?contest=cup"


def scored(score: float, verdict: Verdict = Verdict.AC) -> JudgementResult:
    metric = MetricValue(key="roc_auc", split="public", value=score, higher_is_better=True)
    return JudgementResult(verdict, score=score, metrics=(metric,))


@pytest.fixture
def world(runtime: Runtime, tmp_path: Path) -> World:
    made = World(runtime)
    made.publish(predictions_package(tmp_path))
    made.contest("cup", ["tiny-table"], owner=made.person("boss", role="organizer"))
    return made


def settle_all(world: World, *results: JudgementResult) -> None:
    """Settle what waits, oldest first."""
    with world.runtime.database.read() as session:
        waiting = session.scalars(
            select(Judgement.id).where(Judgement.state == "queued").order_by(Judgement.id)
        ).all()
    for judgement_id, result in zip(waiting, results, strict=True):
        held = world.try_claim(judgement_id)
        assert held is not None
        with world.runtime.database.transaction() as session:
            judgements.settle(session, held, result, utc_now())


def test_an_organizer_judges_again_looks_and_applies(app: APIFlask, world: World) -> None:
    ann = world.person("ann")
    first, second = (world.submit(ann, contest_slug="cup") for _ in range(2))
    settle_all(world, scored(0.9), scored(0.5))
    boss, own = Visitor(app).sign_in("boss"), Visitor(app).sign_in("ann")
    assert "Nothing was judged again yet." in boss.get("/organizer/rejudgings").text
    listed = boss.get("/organizer?contest=cup&verdict=AC").text
    assert "/organizer/rejudgings/new?contest=cup&amp;verdict=AC" in listed
    assert re.search(r'<input checked[^>]*value="AC"', boss.get(f"{NEW}&verdict=AC").text)
    counted = boss.post(NEW, {"act": "count", "submissions": f"https://x/submissions/{first.public_id}"})
    assert "1 submission, judged by version 1.0.0" in counted.text
    refused = boss.post(NEW, {"act": "begin"})
    assert (refused.status_code, "Say why: contestants read it" in refused.text) == (422, True)
    begun = boss.post(NEW, {"act": "begin", "version": "tiny-table @ 1.0.0", "reason_en": "A wrong label."})
    assert begun.status_code == 303
    where = begun.location
    page = boss.get(where).text
    assert "0 / 2" in page
    assert "Being judged" in page
    assert "A wrong label." in page
    settle_all(world, scored(0.4), scored(0.5))
    page = boss.get(where).text
    assert "Waits for your decision" in page
    assert "-0.5" in page
    assert first.public_id in page
    assert second.public_id not in page
    assert second.public_id in boss.get(f"{where}?old=AC&new=AC").text
    # Contestants see nothing of it yet, and nobody else gets in.
    assert "Judged again" not in own.get(f"/submissions/{first.public_id}").text
    assert "0.90000" in own.get(f"/submissions/{first.public_id}").text
    assert own.get(where).status_code == 404
    world.person("rival", role="organizer")
    rival = Visitor(app).sign_in("rival")
    assert [rival.get(path).status_code for path in (where, f"{where}/apply", NEW)] == [404, 404, 403]
    assert "1 result changes" in boss.get(f"{where}/apply").text
    assert boss.post(f"{where}/apply").status_code == 303
    assert "taken over: 2" in boss.get(where).text
    seen = own.get(f"/submissions/{first.public_id}").text
    for part in ("Judged again", "A wrong label.", "0.90000 → 0.40000", "-0.5"):
        assert part in seen
    assert boss.get(f"{where}/discard").status_code == 409
    chinese = Visitor(app, language="zh").sign_in("boss").get(where).text
    assert "已采用" in chinese
    assert "原结果 × 新结果" in chinese


def test_a_part_is_applied_only_when_asked_and_a_discard_cancels(app: APIFlask, world: World) -> None:
    ann = world.person("ann")
    submission = world.submit(ann, contest_slug="cup")
    settle_all(world, scored(0.9))
    boss = Visitor(app).sign_in("boss")
    where = boss.post(NEW, {"act": "begin", "reason_zh": "标签有误。"}).location
    asked = boss.get(f"{where}/apply").text
    assert "not finished: 1" in asked
    assert 'name="partial"' in asked
    refused = boss.post(f"{where}/apply")
    assert refused.status_code == 409
    assert "Of its judgements 1 are not finished yet." in refused.text
    assert boss.post(f"{where}/discard").status_code == 303
    assert "cancelled: 1" in boss.get(where).text
    assert "标签有误" not in Visitor(app).sign_in("ann").get(f"/submissions/{submission.public_id}").text
    assert boss.get("/organizer/rejudgings").text.count("Discarded") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/organizer/rejudgings/999",
        "/organizer/rejudgings/99999999999",
        "/organizer/rejudgings/new?contest=nowhere",
        "/organizer/rejudgings/new",
    ],
)
def test_what_is_not_there_is_not_found(app: APIFlask, world: World, path: str) -> None:
    assert Visitor(app).sign_in("boss").get(path).status_code == 404


def test_nonsense_in_the_form_is_told_at_its_field(app: APIFlask, world: World) -> None:
    boss = Visitor(app).sign_in("boss")
    for fields, text in [
        ({"submissions": "no-such"}, "Some of these are not there."),
        ({"teams": "no\0body"}, "Some of these are not there."),
        ({"version": "other @ 1.0.0", "problem": "tiny-table"}, "This version is another problem&#39;s."),
        ({"version": "tiny-table @ 7"}, "There is no published version 7 of tiny-table."),
        ({"since": "2030-01-02T00:00", "until": "2030-01-01T00:00"}, "The end must be after the beginning."),
        ({"phase": "77"}, "This contest has no such phase."),
        ({"rejudging": "77"}, "There is no such rejudging."),
        ({"reason_en": "x" * 501}, "Field cannot be longer than 500 characters."),
    ]:
        answer = boss.post(NEW, {"act": "begin", "reason_en": "Why.", **fields})
        assert answer.status_code in (404, 422), fields
        assert text in answer.text, fields
