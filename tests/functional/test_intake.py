"""Intake on both databases: exact quota, deadlines, eligibility, and nothing left of what was refused."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from judge.errors import (
    InvalidInput,
    JudgeError,
    NotFound,
    PayloadTooLarge,
    PermissionDenied,
    PhaseClosed,
    QuotaExceeded,
    UploadRejected,
)
from judge.models import AuditEvent, Entry, Judgement, Submission
from judge.services import contests, intake, teams
from tests.factories.packages import GOOD_CSV, predictions_package
from tests.factories.worlds import World


@pytest.fixture
def ready(world: World, tmp_path) -> World:
    world.publish(predictions_package(tmp_path))
    return world


def files_below(world: World) -> list[str]:
    root = world.runtime.settings.home / "blobs"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def count(world: World, model: type) -> int:
    with world.runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_submission_is_kept_and_queued(ready: World) -> None:
    account = ready.person()
    submission = ready.submit(account, note="first try")
    assert submission.judgements[-1].state == "queued"
    assert submission.phase.contest.slug == "practice"
    assert submission.filename == "predictions.csv"
    with ready.runtime.blobs.open(submission.blob_sha256) as stream:
        assert stream.read() == GOOD_CSV
    with ready.runtime.database.read() as session:
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.actor_id == account.id)).all()
    assert "submission.received" in actions


def test_quota_is_exact_under_fifty_parallel_submissions(ready: World) -> None:
    account = ready.person()
    ready.contest("cup", ["tiny-table"], quota=5)
    barrier = threading.Barrier(50)

    def submit(number: int) -> str:
        # Half of them the very same bytes: a refused one must not take an accepted one's blob away.
        body = GOOD_CSV if number % 2 else GOOD_CSV + b"\n" * number
        barrier.wait()
        try:
            return ready.submit(account, contest_slug="cup", chunks=[body]).public_id
        except JudgeError as error:
            return error.code

    with ThreadPoolExecutor(50) as pool:
        outcomes = Counter(pool.map(submit, range(50)))
    assert outcomes.pop("quota-exceeded") == 45
    assert len(outcomes) == 5
    assert set(outcomes.values()) == {1}
    assert count(ready, Submission) == count(ready, Judgement) == 5
    assert count(ready, Entry) == 1
    with ready.runtime.database.read() as session:
        for sha256 in session.scalars(select(Submission.blob_sha256)):
            assert ready.runtime.blobs.exists(sha256)


def test_quota_counts_a_team_not_a_person(ready: World) -> None:
    captain, mate = ready.person(), ready.person()
    ready.contest("cup", ["tiny-table"], quota=2)
    with ready.runtime.database.transaction() as session:
        team = teams.create_team(session, captain, name="Two of us")
        teams.join_team(session, mate, join_code=team.join_code)
    ready.submit(captain, contest_slug="cup", team_id=team.id)
    ready.submit(mate, contest_slug="cup", team_id=team.id)
    with pytest.raises(QuotaExceeded) as caught:
        ready.submit(mate, contest_slug="cup")
    assert caught.value.params["limit"] == 2
    assert str(caught.value.params["renews_at"]).endswith("+00:00")


def test_total_quota(ready: World) -> None:
    account = ready.person()
    ready.contest("cup", ["tiny-table"], total=1)
    ready.submit(account, contest_slug="cup")
    with pytest.raises(QuotaExceeded) as caught:
        ready.submit(account, contest_slug="cup")
    assert caught.value.code == "quota-total-exceeded"


@pytest.mark.parametrize(
    ("starts_h", "ends_h", "code"), [(1, 2, "contest-not-started"), (-2, -1, "contest-ended")]
)
def test_closed_contests(ready: World, starts_h: float, ends_h: float, code: str) -> None:
    account = ready.person()
    ready.contest("cup", ["tiny-table"], starts_h=starts_h, ends_h=ends_h)
    with pytest.raises(PhaseClosed) as caught:
        ready.submit(account, contest_slug="cup")
    assert caught.value.code == code


def test_the_deadline_is_when_all_is_here(ready: World, monkeypatch) -> None:
    account = ready.person()
    ready.contest("cup", ["tiny-table"], ends_h=1)
    real_now = intake.utc_now

    def slow_upload():
        yield GOOD_CSV
        from datetime import timedelta

        monkeypatch.setattr(intake, "utc_now", lambda: real_now() + timedelta(hours=2))

    with pytest.raises(PhaseClosed):
        ready.submit(account, contest_slug="cup", chunks=slow_upload())
    assert count(ready, Submission) == 0


def test_refusals_before_a_byte_is_read(ready: World) -> None:
    account, stranger = ready.person(), ready.person()
    ready.contest("cup", [])
    with ready.runtime.database.transaction() as session:
        foreign = teams.solo_team(session, stranger)

    def never():
        raise AssertionError("the body was read")
        yield b""

    for more, expected in (
        ({"problem_slug": "no-such"}, NotFound),
        ({"problem_slug": "ünï"}, NotFound),
        ({"contest_slug": "no-such"}, NotFound),
        ({"contest_slug": "cup"}, NotFound),
        ({"team_id": foreign.id}, NotFound),
        ({"team_id": 10**6}, NotFound),
        ({"filename": "../../etc/passwd"}, UploadRejected),
        ({"filename": "model.exe", "format": "exe"}, UploadRejected),
    ):
        with pytest.raises(expected):
            ready.submit(account, chunks=never(), **more)


def test_refused_bytes_leave_nothing(ready: World) -> None:
    account = ready.person()
    before = files_below(ready)
    with pytest.raises(PayloadTooLarge):
        ready.submit(account, chunks=(b"x" * 65536 for _ in range(1000)))
    with pytest.raises(UploadRejected):
        ready.submit(account, chunks=[])
    with pytest.raises(UploadRejected):
        ready.submit(account, chunks=[b"PK\x03\x04 not a table"])

    def broken():
        yield b"id,"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        ready.submit(account, chunks=broken())
    assert files_below(ready) == before
    assert count(ready, Submission) == 0


def test_an_idempotency_key_makes_one_submission(ready: World) -> None:
    account, other = ready.person(), ready.person()
    first = ready.submit(account, idempotency_key="run-7")
    again = ready.submit(account, idempotency_key="run-7", chunks=[GOOD_CSV + b"\n"])
    assert again.public_id == first.public_id
    assert again.judgements[-1].id == first.judgements[-1].id
    assert ready.submit(other, idempotency_key="run-7").public_id != first.public_id
    assert count(ready, Submission) == 2


def test_one_key_in_parallel(ready: World) -> None:
    account = ready.person()
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: ready.submit(account, idempotency_key="k").public_id, range(8)))
    assert len(ids) == 1


def test_one_person_enters_a_contest_once(ready: World) -> None:
    captain, mate = ready.person(), ready.person()
    contest = ready.contest("cup", ["tiny-table"])
    ready.submit(mate, contest_slug="cup")
    with ready.runtime.database.transaction() as session:
        team = teams.create_team(session, captain, name="Late")
        teams.join_team(session, mate, join_code=team.join_code)
    with pytest.raises(JudgeError) as caught:
        ready.submit(captain, contest_slug="cup", team_id=team.id)
    assert caught.value.code == "already-entered-with-other-team"
    with ready.runtime.database.transaction() as session, pytest.raises(PermissionDenied):
        contests.enter(session, contest, team, account=ready.person(), now=intake.utc_now())


def test_same_file_twice_is_two_submissions_and_one_blob(ready: World) -> None:
    account = ready.person()
    before = len(files_below(ready))
    first, second = ready.submit(account), ready.submit(account)
    assert first.public_id != second.public_id
    assert len(files_below(ready)) == before + 1


def test_without_a_contest_the_only_open_one_is_meant(world: World, tmp_path) -> None:
    world.publish(predictions_package(tmp_path, track="competition"))
    account = world.person()
    with pytest.raises(NotFound):
        world.submit(account)  # set nowhere
    world.contest("past", ["tiny-table"], starts_h=-2, ends_h=-1)
    with pytest.raises(PhaseClosed):
        world.submit(account)
    world.contest("cup", ["tiny-table"])
    assert world.submit(account).phase.contest.slug == "cup"
    world.contest("bowl", ["tiny-table"])
    with pytest.raises(InvalidInput) as caught:
        world.submit(account)
    assert caught.value.code == "contest-ambiguous"
    assert caught.value.params["choices"] == "bowl, cup"
    assert world.submit(account, contest_slug="bowl").phase.contest.slug == "bowl"


def test_practice_comes_first_where_no_contest_is_named(ready: World) -> None:
    ready.contest("cup", ["tiny-table"])
    assert ready.submit(ready.person()).phase.contest.slug == "practice"
