"""Rejudging over REST and with the command, as an organizer's script does; what others are told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from live_judge import GOOD_CSV, LiveJudge, Person, running_judge

from judge.clock import utc_now
from judge.models import Judgement
from judge.models.words import Role, State
from judge.services import judgements
from judge.services.rejudgings import life
from judge.services.rejudgings.selection import Selection
from judge.worker.steps.settle import advance, give_back

OK, USAGE, REFUSED = 0, 2, 3


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with running_judge(tmp_path_factory.mktemp("rejudge") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def boss(judge: LiveJudge) -> Person:
    return judge.person("boss", role=Role.ORGANIZER)


class Shell:
    """Runs `judge rejudge` with a token."""

    def __init__(self, judge: LiveJudge, person: Person, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": "",
            "HOME": str(folder),
            "PYTHONPATH": str(Path.cwd()),
            "PYTHONUTF8": "1",
            "LANG": "en_US.UTF-8",
            "JUDGE_URL": judge.url,
            "JUDGE_TOKEN": person.token,
        }

    def run(self, *words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "judge", "rejudge", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**self.environment, **more},
            cwd=self.folder,
            check=False,
        )

    def json(self, *words: str) -> dict[str, object]:
        done = self.run(*words, "--json")
        assert done.returncode == OK, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def shell(judge: LiveJudge, boss: Person, tmp_path: Path) -> Shell:
    return Shell(judge, boss, tmp_path)


def hand_in(judge: LiveJudge, person: Person, contest: str, score: float) -> str:
    with judge.http(person) as http:
        made = http.post(
            f"/api/v1/problems/tiny-cup/submissions?filename=a.csv&contest={contest}",
            content=GOOD_CSV,
            headers={"Content-Type": "application/octet-stream"},
        )
    public_id = str(made.json()["id"])
    judge.settle(public_id, score=score)
    return public_id


def test_the_command_from_selection_to_decision(judge: LiveJudge, boss: Person, shell: Shell) -> None:
    judge.contest("again", owner=boss.account)
    ann = judge.person("ann")
    first, second = hand_in(judge, ann, "again", 0.9), hand_in(judge, ann, "again", 0.4)
    counted = shell.json("create", "again", "--verdict", "AC", "--dry-run")
    assert counted["n_selected"] == 2
    chosen = ("create", "again", "--submission", first, "--reason", "Row 7.", "--reason-zh", "第 7 行。")
    begun = shell.json(*chosen)
    number = str(begun["id"])
    assert (begun["state"], begun["n_selected"], begun["progress"]["n_queued"]) == ("open", 1, 1)
    again = shell.run(*chosen)
    assert (again.returncode, "1 left out" in again.stderr) == (REFUSED, True)
    early = shell.run("apply", number, "--yes")
    assert (early.returncode, "1 are not finished yet" in early.stderr) == (REFUSED, True)
    judge.settle(first, score=0.2, private=0.1)
    shown = shell.run("show", number, "--changes", "--wait")
    assert shown.returncode == OK
    for part in ("0.9 → 0.2", "0.5 → 0.1", "AC → AC", "Row 7.", first):
        assert part in shown.stdout
    assert second not in shown.stdout
    ranks = shell.json("show", number, "--ranks")["ranks"]
    assert ranks == {"items": [], "n_total": 0}
    chinese = shell.run("show", number, LANG="zh_CN.UTF-8")
    assert "第 7 行。" in chinese.stdout
    assert "待决定" in chinese.stdout
    assert shell.run("apply", number, stdin="n\n").returncode == USAGE
    with judge.http(ann) as http:
        before = http.get(f"/api/v1/submissions/{first}").json()
        assert (before["score"], before["rejudged"]) == (0.9, [])
    done = shell.json("apply", number)
    assert (done["state"], done["outcome"]["n_applied"]) == ("applied", 1)
    assert done["matrix"] == [{"old": "AC", "new": "AC", "n": 1}]
    with judge.http(ann) as http:
        after = http.get(f"/api/v1/submissions/{first}").json()
        (told,) = after["rejudged"]
        assert (after["score"], told["reason"], told["is_better"]) == (0.2, "Row 7.", False)
        assert (told["old"]["score"], told["new"]["score"]) == (0.9, 0.2)
        assert (told["old"]["score_private"], told["delta_private"]) == (None, None)
        board = http.get("/api/v1/contests/again/leaderboard").json()
        assert [row["score"] for row in board["rows"]] == [0.4]
    discarded = shell.json("create", "again", "--reason", "x")
    assert shell.json("discard", str(discarded["id"]))["state"] == "discarded"
    listed = shell.run("list", "--contest", "again")
    assert listed.stdout.count("again") == 2


def test_the_api_tells_strangers_nothing_and_refuses_nonsense(judge: LiveJudge, boss: Person) -> None:
    judge.contest("other", owner=boss.account)
    ann = judge.person("eve")
    hand_in(judge, ann, "other", 0.9)
    body = {"contest": "other", "reasons": {"en": "Why."}}
    with judge.http(boss) as http:
        made = http.post("/api/v1/rejudgings", json=body)
        assert made.status_code == 201
        where = f"/api/v1/rejudgings/{made.json()['id']}"
        for wrong, code in [
            ({"verdicts": ["XX"]}, "invalid-input"),
            ({"teams": ["\x00"]}, "invalid-input"),
            ({"since": "2026-01-01T00:00:00"}, "invalid-input"),
            ({"reasons": {}}, "reason-missing"),
            ({"rejudging": made.json()["id"]}, "rejudging-open"),
            ({}, "nothing-selected"),
        ]:
            answer = http.post("/api/v1/rejudgings", json={**body, **wrong})
            assert (answer.status_code, answer.json()["code"]) == (422, code), wrong
        assert http.get(f"{where}/changes?old=AC").json() == {"items": [], "next": None}
    with judge.http(ann) as http:
        codes = [
            http.get(where).status_code,
            http.get(f"{where}/changes").status_code,
            http.post(f"{where}/apply", json={}).status_code,
            http.post(f"{where}/discard", json={}).status_code,
            http.post("/api/v1/rejudgings", json=body).status_code,
        ]
        assert codes == [404, 404, 404, 404, 403]
        assert http.get("/api/v1/rejudgings").json()["items"] == []


def test_who_watches_a_submission_hears_nothing_of_a_rejudging(judge: LiveJudge, boss: Person) -> None:
    judge.contest("watched", owner=boss.account)
    public_id = hand_in(judge, judge.person("watcher"), "watched", 0.9)
    number = life.start(
        judge.runtime, "watched", selection=Selection(), reasons={"en": "Why."}, actor=boss.account
    )
    with judge.runtime.database.transaction() as session:
        waiting = session.query(Judgement).filter_by(rejudging_id=number).one()
        held = judgements.claim(session, waiting.id, worker="test", now=utc_now(), lease_s=60)
    assert held is not None
    assert not held.is_current
    with judge.runtime.events.listen(public_id) as listener:
        advance(judge.runtime, held, State.SCORING)
        give_back(judge.runtime, held, reason="the worker stopped", is_counted=False)
        judge.runtime.events.publish(public_id, {"state": "control"})
        assert listener.next(10) == {"state": "control"}
    with judge.http(boss) as http:
        http.post(f"/api/v1/rejudgings/{number}/discard", json={})
