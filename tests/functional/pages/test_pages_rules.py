"""What holds for every page: access rules, headers, languages, sanitised statements, live streams."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from judge import errors as judge_errors
from judge.events import InlineEvents
from judge.messages import CATALOGUE, KINDS, REASONS
from judge.models.words import State, Verdict
from judge.runtime import Runtime
from judge.services import judgements
from judge.services.results import JudgementResult
from scoring.catalogue import list_metrics
from tests.factories.packages import predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World
from web import i18n
from web.access import declared_rule
from web.i18n import error_text, fill
from web.i18n_extract import PO, collect
from web.live import StreamSlots, stream
from web.markdown import render
from web.presenters.metric_words import METRICS

FROM_EXTENSIONS = {"static", "bootstrap.static"}
_PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)[sd]")
# Names that a Chinese sentence keeps: formats, types, options, units.
_PROPER = frozenset(
    re.findall(
        r"\S+",
        "Python pickle TorchScript torch.export ONNX CSV Parquet NumPy NPY NPZ JSON JSONL PNG PDF HDF5 "
        "SQLite YAML messages parameters role content user "
        "UTF-8 UTF-16 Unicode LF CR CRLF NaN MiB KiB bytes float32 float int index False pandas zip "
        "gzip zstd bzip2 xz 7-Zip RAR Zip Excel Windows safetensors hidden channels builder config id "
        "Jupyter skops scikit-learn",
    )
)


@pytest.fixture
def world(runtime: Runtime, tmp_path: Path) -> World:
    made = World(runtime)
    made.publish(predictions_package(tmp_path))
    return made


class TestAccess:
    def test_every_route_declares_its_rule(self, app):
        undeclared = [
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in FROM_EXTENSIONS
            and declared_rule(app.view_functions[rule.endpoint]) is None
        ]
        assert undeclared == []

    def test_declared_rules_hold(self, app, world):
        """A guest gets no page that says it needs somebody, whatever its address."""
        for rule in app.url_map.iter_rules():
            declared = declared_rule(app.view_functions[rule.endpoint])
            if declared in ("signed-in", "organizer") and "GET" in rule.methods:
                path = re.sub(r"<int[^>]*>", "1", rule.rule)
                path = re.sub(r"<[^>]+>", "x", path)
                assert Visitor(app).get(path).headers.get("Location", "").startswith("/sign-in"), (
                    rule.endpoint
                )


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/problems/tiny-table", "/nope", "/sign-in"])
    def test_page_has_no_inline_script_or_style(self, app, world, path):
        answer = Visitor(app).get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", answer.text)

    def test_own_pages_are_not_kept_by_caches(self, app, world):
        world.person("ann")
        answer = Visitor(app).sign_in("ann").get("/submissions")
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_health_needs_nothing_and_readiness_needs_the_queue(self, app):
        assert Visitor(app).get("/healthz").json == {"status": "ok"}
        answer = Visitor(app).get("/readyz")
        assert answer.status_code == 503
        assert answer.json == {"database": "ok", "queue": "unreachable"}


class TestTranslations:
    def test_everything_people_read_is_in_chinese(self):
        with PO.open("rb") as stream_:
            catalog = read_po(stream_, locale="zh")
        for message in collect():
            entry = catalog.get(message[0] if isinstance(message, tuple) else message)
            assert entry is not None, f"run python -m web.i18n_extract: {message!r}"
            assert entry.string, f"not translated: {message!r}"
            assert not entry.fuzzy

    def test_processes_that_start_at_once_all_compile(self, tmp_path, monkeypatch):
        folder = tmp_path / "zh" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text('msgid "a"\nmsgstr "b"\n', "utf-8")
        monkeypatch.setattr(i18n, "CATALOGS", tmp_path)
        barrier = threading.Barrier(8)

        def write(stream, catalog):
            barrier.wait()  # every one has its draft open before any is put in place
            write_mo(stream, catalog)

        monkeypatch.setattr(i18n, "write_mo", write)
        with ThreadPoolExecutor(8) as pool:
            done = [pool.submit(i18n.compile_catalogs) for _ in range(8)]
        assert [one.result() for one in done] == [[folder / "messages.mo"]] * 8
        assert sorted(path.name for path in folder.iterdir()) == ["messages.mo", "messages.po"]

    def test_every_metric_has_a_name_for_people(self):
        assert {metric.name for metric in list_metrics()} <= set(METRICS)

    def test_placeholders_survive_translation(self):
        with PO.open("rb") as stream_:
            catalog = read_po(stream_, locale="zh")
        for entry in catalog:
            if not entry.id or entry.id == "{en}":
                continue
            english = entry.id[-1] if isinstance(entry.id, tuple | list) else entry.id
            chinese = entry.string[0] if isinstance(entry.string, tuple | list) else entry.string
            assert set(_PLACEHOLDER.findall(english)) == set(_PLACEHOLDER.findall(chinese)), english

    def test_catalogue_and_errors_are_collected(self):
        found = collect()
        assert set(CATALOGUE.values()) <= set(found)
        kinds = [kind for kind in vars(judge_errors).values() if isinstance(kind, type)]
        defaults = {kind.default_message for kind in kinds if issubclass(kind, judge_errors.JudgeError)}
        assert defaults <= set(found)

    def test_lines_about_submissions_are_wholly_chinese(self, app):
        """Params that people's files do not give are codes; English words may only be names."""
        with app.test_request_context(headers={"Accept-Language": "zh"}):
            for template in collect():
                if isinstance(template, tuple) or template not in {*CATALOGUE.values(), *REASONS.values()}:
                    continue
                for kind in KINDS:
                    names = _PLACEHOLDER.findall(template)
                    params = {name.strip("{}"): kind if "_kind" in name else 7 for name in names}
                    shown = fill(template, {**params, "zh": "梯度一致"})
                    words = set(re.findall(r"[A-Za-z][A-Za-z.0-9_-]+", shown))
                    assert words <= _PROPER, f"{shown!r} quotes {words - _PROPER}"

    def test_instants_are_told_as_people_read_them(self, app):
        with app.test_request_context(headers={"Accept-Language": "zh"}):
            error = judge_errors.QuotaExceeded(params={"limit": 5, "renews_at": "2026-03-01T00:00:00+00:00"})
            assert "2026-03-01 00:00 UTC" in error_text(error)

    def test_account_setting_wins_over_browser(self, app, world):
        world.person("ann", language="zh")
        assert "练习" in Visitor(app, language="en").sign_in("ann").get("/practice").text

    def test_unknown_browser_language_gets_the_sites(self, app):
        assert 'lang="zh-CN"' in Visitor(app, language="fr").get("/").text


class TestStatements:
    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "![x](javascript:alert(1))",
            "<img src=x onerror=alert(1)>",
            "$\\href{javascript:alert(1)}{x}$",
            "$</math><script>alert(1)</script>$",
            "```\n</code><script>alert(1)</script>\n```",
            "[x]: data:text/html,<script>alert(1)</script>\n[x]",
        ],
    )
    def test_nothing_in_a_statement_can_run(self, text):
        html = render(text, picture_url="/p/")
        assert "<script" not in html
        assert not re.search(r'(href|src)="(javascript|data):', html)
        assert not re.search(r"<[^>]+\son\w+=", html)

    def test_formulas_become_mathml(self):
        html = render("# T\n\n$$\\arg\\max_k \\frac{a}{b}$$", picture_url="/p/")
        assert "<mfrac>" in html
        assert "\\" not in html
        assert "<h" not in html

    def test_malformed_formula_stays_readable(self):
        assert "<code>\\left( x</code>" in render("$\\left( x$", picture_url="/p/")

    def test_pictures_come_from_the_problem(self):
        assert 'src="/p/a.png"' in render("![A](a.png)", picture_url="/p/")
        assert "https://tracker" not in render("![A](https://tracker/a.png)", picture_url="/p/")


class TestLive:
    def test_stream_shows_each_state_and_ends(self, runtime, world):
        bus = InlineEvents()
        states = iter(["queued", "running", "done"])

        def snapshot():
            state = next(states)
            return {"state": state, "is_final": state == "done"}

        road = stream(bus, "abc", snapshot, heartbeat_s=0.01)
        shown = [json.loads(part.split("data: ")[1]) for part in road if "data: " in part]
        assert [one["state"] for one in shown] == ["queued", "running", "done"]

    def test_change_between_looking_and_listening_is_not_missed(self):
        bus = InlineEvents()
        seen = []

        def snapshot():
            seen.append(1)
            if len(seen) == 1:  # it moves after it was read and before anybody waits
                bus.publish("abc", {"state": "done"})
                return {"state": "queued", "is_final": False}
            return {"state": "done", "is_final": True}

        parts = []
        reader = threading.Thread(target=lambda: parts.extend(stream(bus, "abc", snapshot, heartbeat_s=60)))
        reader.start()
        reader.join(10)
        assert not reader.is_alive()
        assert any('"done"' in part for part in parts)

    def test_idle_stream_gives_signs_of_life_and_ends(self):
        same = {"state": "queued", "is_final": False}
        parts = list(stream(InlineEvents(), "abc", lambda: same, heartbeat_s=0.01, max_s=0.1))
        assert sum(part.startswith(":") for part in parts) >= 2
        assert sum("data: " in part for part in parts) == 1

    def test_slots_are_given_back(self):
        places = StreamSlots(1)
        assert places.take()
        assert not places.take()
        places.give_back()
        assert places.take()

    def test_route_streams_the_rendered_panel_in_the_readers_language(self, app, world):
        submission = world.submit(world.person("ann"))
        held = world.claim(submission)
        with world.runtime.database.transaction() as session:
            judgements.advance(session, held, State.RUNNING)
            judgements.settle(session, held, JudgementResult(Verdict.TLE), submission.submitted_at)
        visitor = Visitor(app, language="zh").sign_in("ann")
        answer = visitor.get(f"/submissions/{submission.public_id}/events")
        assert answer.mimetype == "text/event-stream"
        present = json.loads(answer.text.split("data: ")[1])
        assert present["is_final"] is True
        assert "超出时间限制" in present["html"]

    def test_full_house_is_told_to_poll(self, app, world):
        submission = world.submit(world.person("ann"))
        app.extensions["judge.streams"] = places = StreamSlots(1)
        places.take()
        visitor = Visitor(app).sign_in("ann")
        answer = visitor.get(f"/submissions/{submission.public_id}/events")
        assert answer.status_code == 503
        assert visitor.get(f"/submissions/{submission.public_id}/panel").json["state"] == "queued"
