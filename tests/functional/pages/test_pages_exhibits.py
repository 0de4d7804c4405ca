"""What a scorer shows, on the submission's page and in the API: shown when its scores are, and harmless."""

import pytest

from judge.models.words import Verdict
from judge.receipts import SigningKey
from judge.services import accounts, visibility
from judge.services.results import JudgementResult, PlotFile
from judge.worker.steps.settle import settle
from scoring.contract import Case, CaseVerdict, Message, Plot, SubtaskScore, Table
from tests.factories.packages import predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def exhibit(split):
    title = {"en": f"Rows {split}", "zh": "行"}
    plot = Plot(name=f"plot-{split}", title=title, split=split, media_type="image/svg+xml")
    table = Table(
        name=split, title=title, split=split, columns=("a", "b"), rows=((1, "<b>x</b>"), (0.5, None))
    )
    subtask = SubtaskScore(
        name="small", title={"en": f"Small {split}", "zh": "小数据"}, split=split,
        points=7.5, max_points=30, n_passed=1, n_cases=4,
    )  # fmt: skip
    case = Case(
        name=f"{split}-1", title={"en": "One", "zh": "一"}, split=split, verdict=CaseVerdict.AC, score=1,
        subtask="small",
    )  # fmt: skip
    return table, PlotFile(plot, SVG), subtask, case


@pytest.fixture
def token(page, runtime):
    """Return headers of the API for who handed in."""
    with runtime.database.transaction() as session:
        ada = accounts.find_account(session, "ada")
        text = accounts.create_token(session, ada, name="t", days=1).text
    return {"Authorization": f"Bearer {text}", "Accept-Language": "en"}


@pytest.fixture
def page(runtime, app, tmp_path):
    """Return a visitor and the address of a submission with exhibits of both splits."""
    world = World(runtime)
    world.publish(predictions_package(tmp_path))
    world.contest("cup", ["tiny-table"])
    ada = world.person("ada")
    submission = world.submit(ada, contest_slug="cup")
    tables, plots, subtasks, cases = zip(exhibit("public"), exhibit("private"), strict=True)
    result = JudgementResult(Verdict.AC, 0.5, tables=tables, plots=plots, subtasks=subtasks, cases=cases)
    settle(runtime, world.claim(submission), result, SigningKey.generate())
    return Visitor(app).sign_in("ada"), f"/submissions/{submission.public_id}"


def test_what_is_private_stays_away(page):
    visitor, address = page
    text = visitor.get(address).text
    assert "Rows public" in text
    assert "Rows private" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert "Small public" in text and "7.50 / 30.00" in text
    assert "Small private" not in text
    assert f'src="{address}/plots/plot-public"' in text
    assert visitor.get(f"{address}/plots/plot-private").status_code == 404
    assert visitor.get(f"{address}/plots/none").status_code == 404


def test_a_picture_can_do_nothing(page):
    visitor, address = page
    answer = visitor.get(f"{address}/plots/plot-public")
    assert answer.data == SVG
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_strangers_see_no_picture(page, app, runtime):
    _, address = page
    World(runtime).person("bob")
    assert Visitor(app).sign_in("bob").get(f"{address}/plots/plot-public").status_code == 404


def test_the_api_gives_what_the_page_shows(page, token, app, monkeypatch):
    _, address = page
    http, path = app.test_client(), f"/api/v1{address}"
    said = http.get(path, headers=token, buffered=True).json
    assert [(one["split"], one["rows"]) for one in said["tables"]] == [
        ("public", [[1, "<b>x</b>"], [0.5, None]])
    ]
    assert [(one["title"], one["points"], one["max_points"]) for one in said["subtasks"]] == [
        ("Small public", 7.5, 30)
    ]
    assert [(one["name"], one["subtask"]) for one in said["cases"]] == [("public-1", "small")]
    [plot] = said["plots"]
    assert (plot["name"], plot["media_type"]) == ("plot-public", "image/svg+xml")
    picture = http.get(plot["url"], headers=token, buffered=True)
    assert picture.data == SVG
    assert picture.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    hidden = f"{path}/plots/plot-private"
    assert http.get(hidden, headers=token, buffered=True).json["code"] == "plot-not-found"
    assert http.get(plot["url"]).status_code == 401
    monkeypatch.setattr(visibility, "is_revealed", lambda *_, **__: True)
    said = http.get(path, headers=token, buffered=True).json
    for name in ("tables", "plots", "subtasks", "cases"):
        assert [one["split"] for one in said[name]] == ["public", "private"]
    assert http.get(hidden, headers=token, buffered=True).data == SVG


def test_strangers_get_no_picture_from_the_api(page, app, runtime):
    _, address = page
    world = World(runtime)
    bob = world.person("bob")
    with runtime.database.transaction() as session:
        text = accounts.create_token(session, bob, name="t", days=1).text
    answer = app.test_client().get(
        f"/api/v1{address}/plots/plot-public", headers={"Authorization": f"Bearer {text}"}
    )
    assert answer.status_code == 404


def test_a_test_that_was_not_run_is_not_called_wrong(runtime, app, tmp_path):
    world = World(runtime)
    world.publish(predictions_package(tmp_path))
    world.contest("cup", ["tiny-table"])
    submission = world.submit(world.person("ada"), contest_slug="cup")
    cases = tuple(
        Case(
            name=str(number), title={"en": str(number), "zh": str(number)}, split="public",
            verdict=verdict, score=0, message=Message(code=code),
        )
        for number, (verdict, code) in enumerate(
            ((CaseVerdict.RTE, "program-failed"), (CaseVerdict.WA, "case-not-run"))
        )
    )  # fmt: skip
    settle(runtime, world.claim(submission), JudgementResult(Verdict.RTE, cases=cases), SigningKey.generate())
    told = Visitor(app).sign_in("ada").get(f"/submissions/{submission.public_id}").text
    assert "Not run" in told.replace("Not run, because", "")
    assert "Wrong answer" not in told
