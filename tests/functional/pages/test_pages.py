"""The portal's pages over real services and a real database, without a script in the browser."""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from judge import runtime as runtimes
from judge.models import Problem
from judge.models.words import Role, Verdict
from judge.runtime import Runtime
from judge.services import judgements
from judge.services.results import JudgementResult
from scoring.contract import Message, MetricValue
from tests.factories.packages import GOOD_CSV, predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World
from web.app import create_app


@pytest.fixture
def world(runtime: Runtime, tmp_path) -> World:
    made = World(runtime)
    made.publish(predictions_package(tmp_path))
    return made


def settle(world: World, submission, score: float, private: float | None = None) -> None:
    values = [MetricValue(key="roc_auc", split="public", value=score, higher_is_better=True)]
    if private is not None:
        values.append(MetricValue(key="roc_auc", split="private", value=private, higher_is_better=True))
    held = world.claim(submission)
    result = JudgementResult(Verdict.AC, score, private, metrics=tuple(values), receipt={
        "sandbox": {"name": "local", "is_weaker": True, "weaknesses": ["no-seccomp"]}})  # fmt: skip
    with world.runtime.database.transaction() as session:
        judgements.settle(session, held, result, submission.submitted_at)


class TestVisitor:
    def test_every_public_page_opens_in_both_languages(self, app, world):
        world.contest("cup", ["tiny-table"])
        for language, word in (("en", "Practice"), ("zh", "练习")):
            visitor = Visitor(app, language=language)
            for path in ("/", "/practice", "/contests", "/contests/cup", "/problems/tiny-table",
                         "/contests/cup/leaderboard", "/sign-in", "/register"):  # fmt: skip
                page = visitor.get(path)
                assert page.status_code == 200, path
                assert word in page.text
                assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in page.text

    def test_statement_has_mathml_and_files_download(self, app, world):
        page = Visitor(app).get("/problems/tiny-table")
        assert "<math" in page.text
        answer = Visitor(app).get("/problems/tiny-table/files/train.csv")
        assert answer.data == b"id,label\n9,1\n"
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_hidden_files_are_not_downloads(self, app, world):
        for path in ("files/../hidden/reference/reference.csv", "files/%2e%2e/hidden/reference/reference.csv",
                     "statement/../hidden/reference/reference.csv", "statement/en.md"):  # fmt: skip
            assert Visitor(app).get(f"/problems/tiny-table/{path}").status_code == 404

    def test_private_page_leads_to_sign_in_and_back(self, app, world):
        world.person("ann")
        visitor = Visitor(app)
        answer = visitor.get("/submissions")
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/sign-in?next=/submissions"
        answer = visitor.post(
            "/sign-in?next=/submissions", {"username": "ann", "password": "correct horse battery"}
        )
        assert answer.headers["Location"] == "/submissions"

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
    )
    def test_next_never_leaves_the_site(self, app, world, target):
        world.person("ann")
        answer = Visitor(app).post(
            f"/sign-in?next={target}", {"username": "ann", "password": "correct horse battery"}
        )
        assert answer.headers["Location"] == "/"

    def test_language_switch_is_remembered(self, app, world):
        visitor = Visitor(app, language="en")
        answer = visitor.post("/language/zh", {"next": "/practice"}, form_at="/")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/practice")
        assert "练习" in visitor.get("/practice").text


class TestAccount:
    def test_register_signs_in(self, app, world):
        visitor = Visitor(app)
        answer = visitor.post(
            "/register", {"username": "new-one", "password": "long enough", "repeated": "long enough"}
        )
        assert answer.status_code == 303
        assert "new-one" in visitor.get("/").text

    def test_taken_name_is_said_at_the_form(self, app, world):
        world.person("ann")
        answer = Visitor(app).post(
            "/register", {"username": "Ann", "password": "long enough", "repeated": "long enough"}
        )
        assert "This name is already taken." in answer.text

    def test_closed_registration(self, runtime, world):
        closed = runtimes.build(runtime.settings.model_copy(update={"registration": "closed"}))
        assert Visitor(create_app(closed)).get("/register").status_code == 404
        closed.close()

    def test_wrong_password(self, app, world):
        world.person("ann")
        answer = Visitor(app).post("/sign-in", {"username": "ann", "password": "wrong"})
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text

    def test_password_change_ends_other_sessions(self, app, world):
        world.person("ann")
        here, there = Visitor(app).sign_in("ann"), Visitor(app).sign_in("ann")
        answer = here.post("/settings/password", {
            "old": "correct horse battery", "new": "a new sentence", "repeated": "a new sentence",
        }, form_at="/settings")  # fmt: skip
        assert answer.status_code == 303
        assert here.get("/settings").status_code == 200
        assert there.get("/settings").status_code == 302

    def test_token_is_shown_once_and_works_and_can_be_revoked(self, app, world):
        world.person("ann")
        visitor = Visitor(app).sign_in("ann")
        made = visitor.post("/settings/tokens", {"name": "laptop", "days": "30"}, form_at="/settings")
        text = re.search(r"omj_\w{40}", made.text).group(0)
        again = visitor.get("/settings")
        assert text not in again.text
        bearer = {"Authorization": f"Bearer {text}"}
        assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 200
        number = re.search(r"/settings/tokens/(\d+)/revoke", again.text).group(1)
        visitor.post(f"/settings/tokens/{number}/revoke", form_at="/settings")
        assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 401

    def test_session_cookie_is_closed_to_scripts(self, app, world):
        world.person("ann")
        answer = Visitor(app).post("/sign-in", {"username": "ann", "password": "correct horse battery"})
        cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("judge_session="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie

    def test_https_makes_cookies_secure(self, runtime, world):
        world.person("ann")
        secure = runtimes.build(runtime.settings.model_copy(update={"public_url": "https://judge.example"}))
        page = create_app(secure).test_client().get("/sign-in", base_url="https://judge.example")
        assert "Secure" in page.headers["Set-Cookie"]
        assert page.headers["Strict-Transport-Security"]
        secure.close()


class TestTeams:
    def test_create_join_leave(self, app, world):
        world.person("ann")
        world.person("bob")
        ann, bob = Visitor(app).sign_in("ann"), Visitor(app).sign_in("bob")
        assert ann.post("/teams", {"name": "梯度 Team"}).status_code == 303
        code = re.search(r'<code id="code-\d+"[^>]*>([^<]+)</code>', ann.get("/teams").text).group(1)
        assert bob.post("/teams/join", {"join_code": code}, form_at="/teams").status_code == 303
        page = bob.get("/teams").text
        assert "梯度 Team" in page
        number = re.search(r"/teams/(\d+)/leave", page).group(1)
        bob.post(f"/teams/{number}/leave", form_at="/teams")
        assert "梯度 Team" not in bob.get("/teams").text

    def test_foreign_team_cannot_be_left(self, app, world):
        world.person("ann")
        world.person("bob")
        ann, bob = Visitor(app).sign_in("ann"), Visitor(app).sign_in("bob")
        ann.post("/teams", {"name": "Mine alone"})
        number = re.search(r"/teams/(\d+)/leave", ann.get("/teams").text).group(1)
        assert bob.post(f"/teams/{number}/leave", form_at="/teams").status_code == 404


class TestSubmission:
    def test_hand_in_and_see_it_queued_then_scored(self, app, world):
        ann = world.person("ann")
        visitor = Visitor(app).sign_in("ann")
        answer = visitor.hand_in("tiny-table", GOOD_CSV, note="first try")
        assert answer.status_code == 303
        where = answer.headers["Location"]
        page = visitor.get(where)
        assert "Queued" in page.text
        assert "first try" in page.text
        assert visitor.get(where + "/file").data == GOOD_CSV
        settle(world, world.submit(ann, note="second"), 0.75)
        board = visitor.get("/contests/practice/leaderboard?problem=tiny-table")
        assert "0.75000" in board.text
        assert 'class="is-own"' in board.text

    def test_sending_the_same_form_twice_hands_in_once(self, app, world):
        world.person("ann")
        visitor = Visitor(app).sign_in("ann")
        first = visitor.hand_in("tiny-table", GOOD_CSV, once="the-same")
        second = visitor.hand_in("tiny-table", GOOD_CSV, once="the-same")
        assert first.headers["Location"] == second.headers["Location"]

    def test_script_gets_json(self, app, world):
        world.person("ann")
        visitor = Visitor(app).sign_in("ann")
        answer = visitor.hand_in("tiny-table", GOOD_CSV, as_script=True)
        assert answer.status_code == 201
        assert answer.json["location"].startswith("/submissions/")

    def test_panel_says_weaker_sandbox_and_message(self, app, world):
        ann = world.person("ann")
        submission = world.submit(ann)
        settle(world, submission, 0.5)
        page = Visitor(app).sign_in("ann").get(f"/submissions/{submission.public_id}")
        assert "Submissions run in a weaker sandbox (local)." in page.text
        assert "system calls are not filtered" in page.text

    def test_message_is_in_the_readers_language(self, app, world):
        ann = world.person("ann")
        submission = world.submit(ann)
        refused = JudgementResult(
            Verdict.PE, messages=(Message(code="id-missing", params={"id": "<b>7</b>"}),)
        )
        with world.runtime.database.transaction() as session:
            judgements.settle(session, world.claim(submission), refused, submission.submitted_at)
        page = Visitor(app, language="zh").sign_in("ann").get(f"/submissions/{submission.public_id}")
        assert "没有 id &lt;b&gt;7&lt;/b&gt; 对应的行。" in page.text

    def test_foreign_submission_does_not_exist(self, app, world):
        submission = world.submit(world.person("ann"))
        world.person("eve")
        eve = Visitor(app).sign_in("eve")
        for tail in ("", "/panel", "/events", "/file"):
            assert eve.get(f"/submissions/{submission.public_id}{tail}").status_code == 404

    def test_private_score_shows_only_after_the_end(self, app, world):
        ann = world.person("ann")
        for slug, ends_h, is_seen in (("open-cup", 1, False),):
            world.contest(slug, ["tiny-table"], ends_h=ends_h)
            submission = world.submit(ann, contest_slug=slug)
            settle(world, submission, 0.75, 0.12345)
            visitor = Visitor(app).sign_in("ann")
            page = visitor.get(f"/submissions/{submission.public_id}")
            assert ("0.12345" in page.text) is is_seen
            board = visitor.get(f"/contests/{slug}/leaderboard?split=private")
            assert "0.75000" in board.text
            assert "0.12345" not in board.text

    def test_history_pages(self, app, world):
        ann = world.person("ann")
        for _ in range(3):
            world.submit(ann)
        visitor = Visitor(app).sign_in("ann")
        page = visitor.get("/submissions?problem=tiny-table")
        assert page.text.count('href="/submissions/') >= 3
        assert visitor.get("/submissions?problem=other").text.count("Nothing submitted yet.") == 1


class TestContest:
    def test_enter_once_with_one_team(self, app, world):
        world.contest("cup", ["tiny-table"])
        world.person("ann")
        visitor = Visitor(app).sign_in("ann")
        page = visitor.get("/contests/cup")
        number = re.search(r'<option[^>]*value="(\d+)"', page.text).group(1)
        assert (
            visitor.post("/contests/cup/entry", {"team": number}, form_at="/contests/cup").status_code == 303
        )
        assert "You are in, with the team ann." in visitor.get("/contests/cup").text

    def test_problems_are_secret_before_the_start(self, app, world):
        world.contest("later", ["tiny-table"], starts_h=1, ends_h=2)
        page = Visitor(app).get("/contests/later")
        assert "The problems show when the contest starts." in page.text
        assert "Small enough to see through." not in page.text
        assert Visitor(app).get("/contests/later/leaderboard").status_code == 404

    def test_closed_contest_says_so(self, app, world):
        world.contest("over", ["tiny-table"], starts_h=-2, ends_h=-1)
        world.person("ann")
        visitor = Visitor(app).sign_in("ann")
        answer = visitor.post(
            "/problems/tiny-table/submit?contest=over",
            {"file": (BytesIO(GOOD_CSV), "p.csv")},
        )
        assert answer.status_code == 403
        assert "This contest ended at" in answer.text


class TestOrganizer:
    def test_contestants_do_not_find_it(self, app, world):
        world.person("ann")
        assert Visitor(app).sign_in("ann").get("/organizer").status_code == 404
        assert Visitor(app).get("/organizer").status_code == 302

    def test_overview_shows_admin_detail_and_contest_can_be_made(self, app, world):
        boss = world.person("boss", role=Role.ORGANIZER)
        world.contest("mine", ["tiny-table"], owner=boss)
        submission = world.submit(world.person("ann"), contest_slug="mine")
        with world.runtime.database.transaction() as session:
            failed = JudgementResult(Verdict.JE, admin_detail="scorer left with 1")
            judgements.settle(session, world.claim(submission), failed, submission.submitted_at)
        visitor = Visitor(app).sign_in("boss")
        assert "scorer left with 1" in visitor.get("/organizer").text
        answer = visitor.post("/organizer/contests/new", {
            "slug": "new-cup", "name_en": "New cup", "name_zh": "新杯", "starts_at": "2030-01-01T00:00",
            "ends_at": "2030-01-02T00:00", "quota_per_day": "5", "problems": "tiny-table",
            "is_published": "y",
        })  # fmt: skip
        assert answer.status_code == 303
        assert "New cup" in Visitor(app).get("/contests").text
        page = Visitor(app).sign_in("ann").get(f"/submissions/{submission.public_id}")
        assert "scorer left with 1" not in page.text

    def test_own_contest_is_hidden_extended_and_shown_again(self, app, world):
        boss = world.person("boss", role=Role.ORGANIZER)
        world.person("rival", role=Role.ORGANIZER)
        world.contest("mine", [], owner=boss)
        path = "/organizer/contests/mine/edit"
        sent = {
            "name_en": "Mine", "name_zh": "我的", "phases-0-name_en": "Main", "phases-0-name_zh": "正赛",
            "phases-0-starts_at": "2030-01-01T00:00", "phases-0-ends_at": "2030-02-01T00:00",
            "problems": "tiny-table",
        }  # fmt: skip
        visitor = Visitor(app).sign_in("boss")
        assert visitor.post(path, sent).status_code == 303
        assert Visitor(app).get("/contests/mine").status_code == 404
        early = visitor.post(path, {**sent, "phases-0-ends_at": "2029-01-01T00:00"})
        assert (early.status_code, "A phase must end after it starts." in early.text) == (422, True)
        assert visitor.post(path, {**sent, "is_published": "y"}).status_code == 303
        assert "2030-02-01" in Visitor(app).get("/contests/mine").text
        assert Visitor(app).sign_in("rival").get(path).status_code == 403

    def test_a_rivals_problem_cannot_be_set(self, app, world):
        world.person("boss", role=Role.ORGANIZER)
        rival = world.person("rival", role=Role.ORGANIZER)
        with world.runtime.database.transaction() as session:
            session.scalars(select(Problem).where(Problem.slug == "tiny-table")).one().owner_id = rival.id
        answer = Visitor(app).sign_in("boss").post("/organizer/contests/new", {
            "slug": "theft", "name_en": "T", "name_zh": "盗", "starts_at": "2030-01-01T00:00",
            "ends_at": "2030-01-02T00:00", "quota_per_day": "5", "problems": "tiny-table",
        })  # fmt: skip
        assert answer.status_code == 422
        assert Visitor(app).sign_in("boss").get("/contests/theft").status_code == 404

    def test_only_a_judge_error_is_judged_again(self, app, world):
        boss = world.person("boss", role=Role.ORGANIZER)
        world.contest("mine", ["tiny-table"], owner=boss)
        submission = world.submit(world.person("ann"), contest_slug="mine")
        with world.runtime.database.transaction() as session:
            failed = JudgementResult(Verdict.JE, admin_detail="scorer left with 1")
            judgements.settle(session, world.claim(submission), failed, submission.submitted_at)
        visitor = Visitor(app).sign_in("boss")
        assert submission.public_id in visitor.get("/organizer?verdict=JE").text
        again = f"/organizer/submissions/{submission.public_id}/judge-again"
        assert visitor.post(again, form_at="/organizer").status_code == 303
        assert submission.public_id not in visitor.get("/organizer?verdict=JE").text
        assert visitor.post(again, form_at="/organizer").status_code == 409
