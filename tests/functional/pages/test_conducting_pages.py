"""Running a contest through the portal and the API: ranking, freeze, teams, merges, choices, standings."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from judge.clock import utc_now
from judge.models import Judgement, Phase, Submission
from judge.runtime import Runtime
from judge.services import accounts, teams
from tests.factories.cups import Cup
from tests.factories.packages import predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World

HERE = "/organizer/contests/cup"


@pytest.fixture
def cup(runtime: Runtime, tmp_path: Path) -> Cup:
    world = World(runtime)
    world.publish(predictions_package(tmp_path))
    boss = world.person("boss", role="organizer")
    world.contest("cup", ["tiny-table"], owner=boss)
    made = Cup(world, "cup")
    made.people.update({"boss": boss, **{name: world.person(name) for name in ("ann", "ben", "cat")}})
    for name, score in (("ann", 0.9), ("ben", 0.8), ("cat", 0.7)):
        made.submit(name, score)
    return made


class Api:
    """The REST API for one person."""

    def __init__(self, app: APIFlask, cup: Cup, name: str) -> None:
        with cup.world.runtime.database.transaction() as session:
            made = accounts.create_token(session, session.merge(cup.person(name)), name="test")
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {made.text}", "Accept-Language": "en"}

    def __call__(self, method: str, path: str, status: int, body: object = None):
        more = {} if body is None else {"json": body}
        answer = self._client.open(f"/api/v1{path}", method=method, headers=self._headers, **more)
        assert answer.status_code == status, answer.text
        return answer.json


def team_id(cup: Cup, name: str) -> int:
    with cup.world.runtime.database.read() as session:
        return teams.solo_team(session, cup.person(name)).id


def end_phase(cup: Cup) -> None:
    with cup.world.runtime.database.transaction() as session:
        now = utc_now()
        session.execute(update(Phase).where(Phase.ends_at.is_not(None)).values(ends_at=now, reveal_at=now))


def test_an_organizer_runs_the_ranking(app: APIFlask, cup: Cup) -> None:
    boss, ann = Visitor(app).sign_in("boss"), Visitor(app).sign_in("ann")
    page = boss.get(f"{HERE}/ranking").text
    assert "Ranking and teams" in page and "Freeze the board now" in page and "ben" in page
    assert ann.get(f"{HERE}/ranking").status_code == 404
    assert boss.post(f"{HERE}/phases/0/act", {"act": "freeze"}, form_at=f"{HERE}/ranking").status_code == 303
    cup.submit("cat", 0.99)
    assert "0.99" not in ann.get("/contests/cup/leaderboard").text
    assert "Frozen" in ann.get("/contests/cup/leaderboard").text
    assert "0.99" in boss.get("/contests/cup/leaderboard").text
    boss.post(f"{HERE}/phases/0/act", {"act": "thaw"}, form_at=f"{HERE}/ranking")
    assert "0.99" in ann.get("/contests/cup/leaderboard").text
    rules = {"policy": "last", "n_selected": "0"}
    refused = boss.post(f"{HERE}/phases/0/rules", rules, form_at=f"{HERE}/ranking")
    assert refused.status_code == 422
    rules["n_selected"] = "2"
    assert boss.post(f"{HERE}/phases/0/rules", rules, form_at=f"{HERE}/ranking").status_code == 303
    assert "last submission counts" in ann.get("/contests/cup/leaderboard").text
    nonsense = boss.post(f"{HERE}/phases/0/act", {"act": "explode"}, form_at=f"{HERE}/ranking")
    assert nonsense.status_code == 404
    early = boss.post(f"{HERE}/phases/0/act", {"act": "finalize"}, form_at=f"{HERE}/ranking")
    assert early.status_code == 303
    assert "only after the phase has ended" in boss.get(f"{HERE}/ranking").text
    end_phase(cup)
    boss.post(f"{HERE}/phases/0/act", {"act": "finalize"}, form_at=f"{HERE}/ranking")
    assert "The results are final." in boss.get(f"{HERE}/ranking").text
    assert "Final standings" in ann.get("/contests/cup/leaderboard").text


def test_an_organizer_extends_a_phase_by_script(app: APIFlask, cup: Cup) -> None:
    boss, ann = Api(app, cup, "boss"), Api(app, cup, "ann")
    where = "/contests/cup/phases/0"
    before = boss("GET", "/contests/cup", 200)["phases"][0]
    later = (utc_now() + timedelta(days=1)).isoformat()
    changed = boss("PATCH", where, 200, {"ends_at": later, "quota_zone": "Asia/Shanghai"})
    assert (changed["quota_zone"], changed["starts_at"]) == ("Asia/Shanghai", before["starts_at"])
    assert changed["ends_at"] > before["ends_at"]
    nonsense = boss("PATCH", where, 422, {"ends_at": before["starts_at"]})
    assert "must end after it starts" in str(nonsense)
    assert "step above 0" in str(boss("PATCH", where, 422, {"ladder": "step"}))
    assert boss("PATCH", where, 422, {"ends": later})
    assert boss("PATCH", where, 422, {"quota_renews_h": None})
    assert boss("PATCH", where, 200, {"ladder": "step", "ladder_step": 0.01})["ladder"] == "step"
    released = cup.scores({})
    cup.submit("cat", 0.705)  # less than a step
    assert cup.scores({}) == released
    ann("PATCH", where, 403, {"ends_at": later})
    # The form shows minutes: what was not touched in it stays as it is, to the second.
    visitor = Visitor(app).sign_in("boss")
    shown = visitor.get(f"{HERE}/edit").text
    fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', shown)) | {"phases-0-ladder": "off"}
    assert visitor.post(f"{HERE}/edit", fields).status_code == 303
    assert boss("GET", "/contests/cup", 200)["phases"][0]["ends_at"] == changed["ends_at"]


def test_an_organizer_decides_on_teams(app: APIFlask, cup: Cup) -> None:
    boss, ann, ben = (Visitor(app).sign_in(name) for name in ("boss", "ann", "ben"))
    track = {"slug": "new", "name_en": "Newcomers", "name_zh": "新人"}
    assert boss.post(f"{HERE}/tracks", track, form_at=f"{HERE}/ranking").status_code == 303
    assert boss.post(f"{HERE}/tracks", track, form_at=f"{HERE}/ranking").status_code == 422
    where = f"{HERE}/teams/{team_id(cup, 'ben')}"
    part = {"status": "in", "kind": "baseline", "tracks": "new"}
    assert boss.post(where, part).status_code == 303
    assert cup.names(track="new") == [(None, "ben")]
    assert "Newcomers" in ann.get("/contests/cup/leaderboard?track=new").text
    assert ann.get("/contests/cup/leaderboard?track=old").status_code == 404
    assert boss.post(where, {"status": "disqualified", "kind": "team"}).status_code == 422
    out = {"status": "disqualified", "kind": "team", "reason": "two accounts"}
    assert boss.post(where, out).status_code == 303
    assert cup.names() == [(1, "ann"), (2, "cat")]
    assert "is out" in ben.get("/contests/cup").text
    assert boss.post(where, {"status": "in", "kind": "team"}).status_code == 303
    into = f"{HERE}/teams/{team_id(cup, 'ann')}"
    merged = {"other": str(team_id(cup, "ben")), "name": ""}
    assert boss.post(f"{into}/merge", merged, form_at=into).status_code == 422
    merged["name"] = "Ann & Ben"
    assert boss.post(f"{into}/merge", merged, form_at=into).status_code == 303
    assert "Ann &amp; Ben" in ben.get("/contests/cup/leaderboard").text
    cat = Visitor(app).sign_in("cat")
    assert cat.post("/contests/cup/withdrawal", form_at="/contests/cup").status_code == 303
    assert [name for _, name in cup.names()] == ["Ann & Ben"]


def test_standings_of_each_format(app: APIFlask, cup: Cup) -> None:
    boss, ann = Visitor(app).sign_in("boss"), Visitor(app).sign_in("ann")
    assert ann.get("/contests/cup/standings").status_code == 404
    fields = {
        "format": "sum",
        "problems-0-slug": "tiny-table",
        "problems-0-zero": "0.5",
        "problems-0-full": "0.5",
        "problems-0-points": "40",
    }
    assert boss.post(f"{HERE}/format", fields, form_at=f"{HERE}/ranking").status_code == 422
    fields["problems-0-full"] = "1"
    for format, shown in (("sum", "32.00"), ("homework", "32.00"), ("ioi", "32.00"), ("icpc", "+")):
        done = boss.post(f"{HERE}/format", {**fields, "format": format}, form_at=f"{HERE}/ranking")
        assert done.status_code == 303
        assert ann.get("/contests/cup/leaderboard").headers["Location"].endswith("/standings")
        page = ann.get("/contests/cup/standings").text
        assert shown in page and "Overall" in page
    for language, title in (("en", "Standings"), ("zh", "总榜")):
        assert title in Visitor(app, language=language).get("/contests/cup/standings").text


def test_a_contestant_chooses_final_submissions(app: APIFlask, cup: Cup) -> None:
    boss, ann = Visitor(app).sign_in("boss"), Visitor(app).sign_in("ann")
    rules = {"policy": "selected", "n_selected": "1"}
    assert boss.post(f"{HERE}/phases/0/rules", rules, form_at=f"{HERE}/ranking").status_code == 303
    other = cup.submit("ann", 0.6)
    with cup.world.runtime.database.read() as session:
        first, second = session.scalars(
            select(Submission.public_id)
            .where(Submission.account_id == cup.person("ann").id)
            .order_by(Submission.id)
        )
        assert session.get_one(Judgement, other).submission.public_id == second
    where = f"/submissions/{second}"
    assert "Choose as final" in ann.get(where).text
    ann.post(f"{where}/selection", {"selected": "1"}, form_at=where)
    assert "One of your team" in ann.get(where).text
    ann.post(f"/submissions/{first}/selection", {"selected": "1"}, form_at=where)
    assert "has chosen 1 already" in ann.get(where).text
    later = {"now": utc_now() + timedelta(hours=2), "split": "private"}
    assert cup.scores(later)[0][-1] == 0.6
    assert "Choose as final" not in boss.get(where).text
    api = Api(app, cup, "ann")
    taken = api("PUT", f"/submissions/{second}/selection", 200, {"is_selected": False})
    assert taken == {"submission": second, "is_selected": False, "n_selected": 0, "limit": 1}
    api("PUT", f"/submissions/{first}/selection", 200, {"is_selected": True})
    assert (
        api("PUT", f"/submissions/{second}/selection", 409, {"is_selected": True})["code"] == "selection-full"
    )


def test_the_api_runs_a_contest(app: APIFlask, cup: Cup) -> None:
    boss, ann = Api(app, cup, "boss"), Api(app, cup, "ann")
    at = "/contests/cup"
    listed = boss("GET", f"{at}/entries", 200)["items"]
    assert [one["team"] for one in listed] == ["ann", "ben", "cat"]
    ann("GET", f"{at}/entries", 403)
    numbers = {one["team"]: one["team_id"] for one in listed}
    frozen = boss("POST", f"{at}/phases/0/acts", 200, {"act": "freeze"})
    assert frozen["freeze_at"]
    cup.submit("cat", 0.95)
    board = ann("GET", f"{at}/leaderboard", 200)
    assert (board["is_frozen"], board["own_rank"], board["rows"][-1]["score"]) == (True, 1, 0.7)
    assert boss("GET", f"{at}/leaderboard", 200)["rows"][0]["team"] == "cat"
    boss("POST", f"{at}/phases/0/acts", 200, {"act": "thaw"})
    assert boss("POST", f"{at}/phases/0/acts", 409, {"act": "thaw"})["code"] == "not-frozen"
    assert boss("POST", f"{at}/phases/0/acts", 403, {"act": "reopen"})["code"] == "admins-only"
    assert boss("POST", f"{at}/phases/9/acts", 404, {"act": "thaw"})["code"] == "phase-not-found"
    assert boss("PUT", f"{at}/phases/0/ranking", 200, {"policy": "last"})["policy"] == "last"
    boss("POST", f"{at}/tracks", 201, {"slug": "new", "names": {"en": "New", "zh": "新"}})
    assert boss("POST", f"{at}/tracks", 422, {"slug": "other", "names": {"en": "Other"}})
    changed = boss("PATCH", f"{at}/entries/{numbers['ben']}", 200, {"kind": "baseline", "tracks": ["new"]})
    assert (changed["kind"], changed["tracks"], changed["status"]) == ("baseline", ["new"], "in")
    assert [one["slug"] for one in ann("GET", f"{at}/tracks", 200)["items"]] == ["new"]
    (row,) = ann("GET", f"{at}/leaderboard?track=new", 200)["rows"]
    assert (row["rank"], row["is_baseline"]) == (None, True)
    boss("PATCH", f"{at}/entries/{numbers['ben']}", 422, {"status": "disqualified"})
    out = {"status": "disqualified", "reason": "two accounts"}
    assert boss("PATCH", f"{at}/entries/{numbers['ben']}", 200, out)["status"] == "disqualified"
    ann("PATCH", f"{at}/entries/{numbers['cat']}", 403, {"status": "withdrawn"})
    assert ann("PATCH", f"{at}/entries/{numbers['cat']}", 404, {})["code"] == "entry-not-found"
    body = {"into": numbers["ann"], "team": numbers["cat"], "name": "Both"}
    assert boss("POST", f"{at}/merges", 200, body)["team"] == "Both"
    assert ann("GET", f"{at}/standings", 404)["code"] == "no-standings"
    scale = {"tiny-table": {"zero": 0.5, "full": 1.0, "points": 40}}
    assert boss("PUT", f"{at}/format", 200, {"format": "sum", "problems": scale})["format"] == "sum"
    standings = ann("GET", f"{at}/standings", 200)
    assert [(row["rank"], row["team"], row["total"]) for row in standings["rows"]] == [(1, "Both", 36.0)]
    assert (standings["problems"], standings["own_rank"]) == ({"tiny-table": 40.0}, 1)
    end_phase(cup)
    assert boss("POST", f"{at}/phases/0/acts", 200, {"act": "finalize"})["finalized_at"]
    assert boss("PUT", f"{at}/format", 409, {"format": "icpc"})["code"] == "results-final"
