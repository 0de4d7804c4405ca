"""Wrong, huge, empty and hostile input to every form: a clear 4xx, nothing unescaped, nothing left behind."""

import gc
import re
import warnings
from io import BytesIO
from pathlib import Path

import pytest

from judge import runtime as runtimes
from judge.db import migrate
from judge.models.words import Role
from judge.runtime import Runtime
from tests.factories.packages import GOOD_CSV, predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World
from web.app import create_app

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HOSTILE = [
    "",
    " ",
    "\x00",
    "a\x00b",
    XSS,
    "x" * 5000,
    "\u202egnp.exe",
    "\ud7ff\uffff",
    "%s%n{0}{x}",
    "';--",
    "😀" * 300,
]


@pytest.fixture
def world(runtime: Runtime, tmp_path: Path) -> World:
    made = World(runtime)
    made.publish(predictions_package(tmp_path))
    made.contest("cup", ["tiny-table"])
    made.person("ann")
    made.person("boss", role=Role.ORGANIZER)
    return made


def is_harmless(text: str) -> bool:
    return "<script>alert" not in text and "<img src=x" not in text


FORMS = [
    ("/register", ["username", "email", "password", "repeated"], "/register"),
    ("/sign-in", ["username", "password"], "/sign-in"),
    ("/settings/language", ["language"], "/settings"),
    ("/settings/password", ["old", "new", "repeated"], "/settings"),
    ("/settings/tokens", ["name", "days"], "/settings"),
    ("/teams", ["name"], "/teams"),
    ("/teams/join", ["join_code"], "/teams"),
    ("/contests/cup/entry", ["team"], "/contests/cup"),
    ("/problems/tiny-table/submit", ["file", "team", "format", "note", "once"],
     "/problems/tiny-table/submit"),
    ("/language/zh", ["next"], "/"),
    ("/language/xx", ["next"], "/"),
    ("/organizer/contests/new",
     ["slug", "name_en", "name_zh", "starts_at", "ends_at", "problems", "quota_per_day"],
     "/organizer/contests/new"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "names", "form_at"), FORMS, ids=[form[0] for form in FORMS])
def test_no_form_crashes_or_echoes(app, world, path, names, form_at):
    for value in HOSTILE:
        visitor = Visitor(app)
        if path not in ("/register", "/sign-in"):
            visitor.sign_in("boss")
        answer = visitor.post(path, dict.fromkeys(names, value), form_at=form_at)
        assert answer.status_code < 500, (value, answer.text[:500])
        assert is_harmless(answer.text), value
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(("path", "names", "form_at"), FORMS, ids=[form[0] for form in FORMS])
def test_no_form_works_without_its_token(app, world, path, names, form_at):
    visitor = Visitor(app).sign_in("boss")
    answer = visitor.post_bare(path, data=dict.fromkeys(names, "value"))
    assert answer.status_code == 400
    assert "out of date" in answer.text


def test_typed_text_is_shown_escaped_everywhere(app, world):
    visitor = Visitor(app).sign_in("ann")
    assert visitor.post("/teams", {"name": "<b>bold</b> & co"}).status_code == 303
    where = visitor.hand_in("tiny-table", GOOD_CSV, "<b>x<b>.csv", note=XSS[:200]).headers["Location"]
    visitor.post("/settings/tokens", {"name": XSS[:60], "days": "3"}, form_at="/settings")
    for path in (where, "/submissions", "/teams", "/settings", "/problems/tiny-table/submit"):
        page = visitor.get(path).text
        assert is_harmless(page), path
        assert "<b>" not in page, path


@pytest.mark.parametrize(
    ("filename", "body"),
    [
        ("../../etc/passwd.csv", GOOD_CSV),
        ("x" * 4000 + ".csv", GOOD_CSV),
        ("\u202evsc.exe.csv", GOOD_CSV),
        ("predictions.csv", b""),
        ("predictions.csv", b"PK\x03\x04" + b"\0" * 50),
        ("predictions.exe", GOOD_CSV),
        ("predictions.npz", b"PK\x03\x04" + b"\0" * 50),
        ("predictions.npy", b"\x80\x04pickle"),
    ],
    ids=["slip", "long", "rtl", "empty", "zip-as-csv", "suffix", "broken-zip", "pickle"],
)
def test_refused_upload_says_why_and_leaves_nothing(app, world, filename, body):
    visitor = Visitor(app).sign_in("ann")
    blobs = world.runtime.settings.home / "blobs"
    before = sorted(path for path in blobs.rglob("*") if path.is_file())
    answer = visitor.hand_in("tiny-table", body, filename)
    assert answer.status_code == 422, answer.text
    assert re.search(r'class="(alert alert-danger|invalid-feedback[^"]*)"[^>]*>[^<]{8,}<', answer.text)
    assert sorted(path for path in blobs.rglob("*") if path.is_file()) == before
    assert "Nothing submitted yet." in visitor.get("/submissions").text


def test_upload_above_the_cap_is_cut_off(app, world):
    visitor = Visitor(app).sign_in("ann")
    answer = visitor.hand_in("tiny-table", b"x" * (2 * 1024 * 1024))
    assert answer.status_code == 413
    assert "too large" in answer.text
    with (
        warnings.catch_warnings()
    ):  # the test client leaves the temporary file of a large body to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        del answer, visitor
        gc.collect()


def test_guest_cannot_make_us_read_an_upload(app, world):
    answer = Visitor(app).post_bare(
        "/problems/tiny-table/submit", data={"file": (BytesIO(b"x" * 500_000), "a.csv")}
    )
    assert answer.status_code == 413


def test_huge_field_is_refused(app, world):
    answer = Visitor(app).post("/sign-in", {"username": "x" * 1_000_000, "password": "y"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/problems/nope", "/problems/%00", "/problems/../x", "/contests/nope", "/contests/nope/leaderboard",
        "/contests/cup/leaderboard?problem=nope", "/submissions/nope", "/submissions/%F0%9F%98%80",
        "/problems/tiny-table/files/nope", "/problems/tiny-table/statement/nope.png", "/nope",
        "/problems/nope/submit", "/contests/%E4%B8%AD", "/problems/" + "a" * 3000,
    ],
)  # fmt: skip
def test_unknown_things_are_404_in_the_products_clothes(app, world, path):
    answer = Visitor(app).sign_in("ann").get(path)
    assert answer.status_code == 404
    assert "OpenModels Judge" in answer.text


@pytest.mark.parametrize("mark", ["-1", "x", "1e9", "9" * 40, "%00", "1 or 1"])
def test_page_marks_are_checked(app, world, mark):
    visitor = Visitor(app).sign_in("ann")
    assert visitor.get(f"/submissions?before={mark}").status_code < 500
    assert visitor.get(f"/contests/cup/leaderboard?offset={mark}").status_code == 200


def test_wrong_method_is_405_with_allow(app, world):
    answer = Visitor(app).get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_too_many_sign_ins_are_slowed_down(sqlite_settings):
    settings = sqlite_settings.model_copy(update={"rate_limits": True, "is_testing": False})
    migrate.upgrade(settings)
    built = runtimes.build(settings)
    visitor = Visitor(create_app(built))
    answers = [
        visitor.post("/sign-in", {"username": "ann", "password": "wrong"}).status_code for _ in range(32)
    ]
    built.close()
    assert answers[0] == 401
    assert answers[-1] == 429
