"""Tables and pictures of a scorer on the submission's page: shown when its scores are, and harmless."""

import pytest

from judge.models.words import Verdict
from judge.services.results import JudgementResult, PlotFile
from judge.worker.steps.settle import settle
from scoring.contract import Plot, Table
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
    return table, PlotFile(plot, SVG)


@pytest.fixture
def page(runtime, app, tmp_path):
    """Return a visitor and the address of a submission with exhibits of both splits."""
    world = World(runtime)
    world.publish(predictions_package(tmp_path))
    world.contest("cup", ["tiny-table"])
    ada = world.person("ada")
    submission = world.submit(ada, contest_slug="cup")
    tables, plots = zip(exhibit("public"), exhibit("private"), strict=True)
    settle(runtime, world.claim(submission), JudgementResult(Verdict.AC, 0.5, tables=tables, plots=plots))
    return Visitor(app).sign_in("ada"), f"/submissions/{submission.public_id}"


def test_what_is_private_stays_away(page):
    visitor, address = page
    text = visitor.get(address).text
    assert "Rows public" in text
    assert "Rows private" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
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
