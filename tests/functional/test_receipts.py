"""Signed receipts: given out as far as one may know, checked by the command, and replayed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from live_judge import GOOD_CSV, running_judge
from sqlalchemy import select

from judge.clock import utc_now
from judge.errors import NotFound
from judge.models import Account, Judgement, Submission
from judge.models.words import Verdict
from judge.receipts import SigningKey, read, verify
from judge.services import contests, receipts, submissions
from judge.services.rejudgings import applying, life
from judge.services.rejudgings.selection import Selection
from judge.services.results import JudgementResult
from judge.settings import receipt_seed
from judge.worker import pipeline
from judge.worker.host import Host
from judge.worker.steps.settle import settle
from problems.loader import load
from scoring.contract import MetricValue
from tests.factories.packages import WEAK_CSV, predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World
from web.app import create_app


@pytest.fixture
def world(host: Host, tmp_path: Path) -> World:
    made = World(host.runtime)
    made.publish(predictions_package(tmp_path))
    return made


def receipt_of(world: World, submission: Submission, viewer: Account) -> dict:
    with world.runtime.database.read() as session:
        found = submissions.get_submission(session, submission.public_id, viewer=viewer)
        return receipts.get_receipt(session, found, viewer=viewer, now=utc_now())


def known_keys(world: World) -> dict[str, str]:
    with world.runtime.database.read() as session:
        return receipts.public_keys(session)


def command(home: Path, *words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "judge", "receipt", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "JUDGE_HOME": str(home), "JUDGE_IS_TESTING": "true", "LANG": "C.UTF-8", **more},
        check=False,
    )


def test_a_judged_submission_has_a_receipt_that_replays(host: Host, world: World) -> None:
    ada, owner = world.person(), world.person(role="organizer")
    world.contest("cup", ["tiny-table"], owner=owner)
    submission = world.submit(ada, contest_slug="cup", chunks=[WEAK_CSV])
    with pytest.raises(NotFound) as caught:
        receipt_of(world, submission, ada)
    assert caught.value.code == "receipt-not-made"
    pipeline.work(host, submission.judgements[-1].id)

    # A contestant may check it, and learns nothing of the private part before it is revealed.
    theirs = receipt_of(world, submission, ada)
    found = verify(read(json.dumps(theirs).encode()), known_keys(world))
    assert set(found.opened) == {"public"}
    assert set(found.statement["sealed"]) == {"public", "private"}
    done = world.judgement(submission.judgements[-1].id)
    assert found.opened["public"]["score"] == done.score
    assert found.statement["submission"]["sha256"] == submission.blob_sha256
    assert found.statement["made_by"]["seed"] == done.receipt["seed"]
    whole = receipt_of(world, submission, owner)
    assert verify(whole, known_keys(world)).opened["private"]["score"] == done.score_private
    assert whole["opened"]["private"]["salt"] not in json.dumps(theirs)

    # Judged again from what is stored: the contestant's own receipt names it, ours has all the scores.
    home = host.runtime.settings.home
    again = command(home, "replay", "-", "--sandbox", "local", "--json", stdin=json.dumps(theirs))
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert (said["same"], said["differences"], said["compared"]) == (True, [], 5)

    forged = {**theirs, "statement": {**theirs["statement"], "judge": "https://elsewhere.example"}}
    refused = command(home, "replay", "-", stdin=json.dumps(forged))
    assert refused.returncode == 3
    assert "changed after it was signed" in refused.stderr
    missing = command(home, "replay", "0" * 26)
    assert missing.returncode == 3, missing.stderr


@pytest.mark.docker
def test_a_receipt_of_the_start_replays_at_the_end_in_both_sandboxes(
    host: Host, world: World, tmp_path: Path
) -> None:
    """Meanwhile there is another version, by which everything was judged again."""
    owner, ada = world.person(role="organizer"), world.person()
    world.contest("cup", ["tiny-table"], owner=owner)
    submission = world.submit(ada, contest_slug="cup", chunks=[WEAK_CSV])
    pipeline.work(host, submission.judgements[-1].id)
    first = receipt_of(world, submission, ada)

    turned = predictions_package(tmp_path / "later", version="2.0.0").root
    reference = next((turned / "hidden/reference").glob("*.csv"))
    reference.write_text(
        reference.read_text().replace(",1,", ",x,").replace(",0,", ",1,").replace(",x,", ",0,")
    )
    world.publish(load(turned))
    with world.runtime.database.transaction() as session:
        cup = contests.get_run_contest(session, "cup", viewer=owner)
        begun = life.begin(
            session, cup, selection=Selection(), reasons={"en": "Labels."}, actor=owner, now=utc_now()
        )
        number = begun.id
        new = session.scalars(select(Judgement.id).where(Judgement.rejudging_id == number)).one()
    pipeline.work(host, new)
    with world.runtime.database.transaction() as session:
        begun = life.get_rejudging(session, number, viewer=owner)
        applying.apply(session, begun, actor=owner, now=utc_now())
    second = receipt_of(world, submission, ada)
    assert second["statement"]["judgement"]["number"] == 2
    assert second["opened"]["public"]["score"] != first["opened"]["public"]["score"]

    home = host.runtime.settings.home
    for sandbox in ("local", "docker"):
        done = command(home, "replay", "-", "--sandbox", sandbox, "--json", stdin=json.dumps(first))
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["same"], said["compared"]) == (True, 5)
    assert said["changed"]["sandbox"]["now"]["name"] == "docker"


def test_a_result_that_does_not_come_out_again_is_told(host: Host, world: World) -> None:
    """A score that was written by hand is found out."""
    submission = world.submit(world.person(), chunks=[WEAK_CSV])
    held = world.claim(submission)
    invented = MetricValue(key="roc_auc", split="public", value=1.0, higher_is_better=True)
    result = JudgementResult(Verdict.WA, 1.0, 1.0, metrics=(invented,), receipt={"seed": 1})
    settle(host.runtime, held, result, host.signing_key)
    done = command(host.runtime.settings.home, "replay", submission.public_id, "--sandbox", "local", "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert [(one["what"], one["was"], one["now"]) for one in said["differences"]] == [
        ("verdict", "WA", "AC"),
        ("roc_auc", 1.0, 0.25),
    ]
    assert "image_digest" in said["changed"]


def test_a_judge_error_is_receipted_too(host: Host, world: World) -> None:
    ada = world.person()
    submission = world.submit(ada)
    held = world.claim(submission)
    settle(host.runtime, held, JudgementResult(Verdict.JE), host.signing_key)
    found = verify(receipt_of(world, submission, ada), known_keys(world))
    assert found.statement["judgement"]["verdict"] == "JE"
    assert found.opened == {}


def test_the_page_offers_it_to_who_may_see_the_submission(host: Host, world: World) -> None:
    ada, eve = world.person("ada"), world.person("eve")
    submission = world.submit(ada)
    result = JudgementResult(Verdict.AC, 0.5, 0.5, receipt={"seed": 1})
    settle(host.runtime, world.claim(submission), result, host.signing_key)
    app = create_app(host.runtime)
    url = f"/submissions/{submission.public_id}"
    assert Visitor(app).sign_in(eve.username).get(f"{url}/receipt.json").status_code == 404
    visitor = Visitor(app).sign_in(ada.username)
    assert verify(visitor.get(f"{url}/receipt.json").get_json(), known_keys(world))
    assert f"{url}/receipt.json" in visitor.get(url).text


def test_teams_fetch_and_check_receipts_with_the_command(tmp_path: Path) -> None:
    with running_judge(tmp_path / "home") as judge:
        ada = judge.person("ada")
        key = SigningKey(receipt_seed(judge.runtime.settings))
        with judge.http(ada) as http:
            binary = {"Content-Type": "application/octet-stream"}
            url = "/api/v1/problems/tiny/submissions?filename=a.csv"
            name = http.post(url, content=GOOD_CSV, headers=binary).json()["id"]
            assert http.get(f"/api/v1/submissions/{name}/receipt").json()["code"] == "receipt-not-made"
            judge.settle(name)
            with judge.runtime.database.transaction() as session:
                row = session.scalars(select(Submission).where(Submission.public_id == name)).one()
                receipts.issue(session, row.judgements[-1], key, issuer=judge.url, now=utc_now())
        kept, keys = tmp_path / "receipt.json", tmp_path / "keys.json"
        team = tmp_path / "team"
        there = {"JUDGE_URL": judge.url, "JUDGE_TOKEN": ada.token}
        assert command(team, "get", name, "--out", str(kept), **there).returncode == 0
        assert command(team, "keys", "--out", str(keys), **there).returncode == 0
        good = command(team, "verify", str(kept), **there)
        assert good.returncode == 0, good.stderr
        assert "Valid" in good.stdout
        assert "private: sealed" in good.stdout
    # The judge is gone; its keys were kept.
    assert command(team, "verify", str(kept), "--keys", str(keys)).returncode == 0
    changed = json.loads(kept.read_text())
    changed["opened"]["public"]["score"] = 1.0
    bad = command(team, "verify", "-", "--keys", str(keys), "--json", stdin=json.dumps(changed))
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["error"]["code"] == "receipt-part-forged"
    assert command(team, "verify", str(tmp_path / "none"), "--keys", str(keys)).returncode == 2
