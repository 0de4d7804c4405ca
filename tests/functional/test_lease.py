"""Leases on both databases: one claim, fenced writes, one settle, and a reaper for the silent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from judge.clock import utc_now
from judge.errors import LeaseLost, NotFound
from judge.models import Judgement, LeaderboardEntry, Metric, Problem, Submission
from judge.models.words import State, Verdict
from judge.services import contests, judgements, leaderboards, reaping, submissions, visibility
from judge.services.quota import quota_left
from judge.services.results import JudgementResult
from scoring.contract import Case, CaseVerdict, Message, MetricValue
from tests.factories.packages import predictions_package
from tests.factories.worlds import World


@pytest.fixture
def ready(world: World, tmp_path) -> World:
    world.publish(predictions_package(tmp_path))
    return world


def scored(
    score: float | None, private: float | None = None, verdict: Verdict = Verdict.AC
) -> JudgementResult:
    private = score if private is None else private
    return JudgementResult(
        verdict=verdict,
        score=score,
        score_private=private,
        metrics=tuple(
            MetricValue(key="roc_auc", split=split, value=value, higher_is_better=True)
            for split, value in (("public", score), ("private", private))
        ),
        cases=(Case(name="one", title={"en": "One", "zh": "一"}, verdict=CaseVerdict.AC, score=1.0),),
        messages=(Message(code="id-missing", params={"id": 3}),),
    )


def settle(world: World, submission: Submission, result: JudgementResult) -> None:
    held = world.claim(submission)
    with world.runtime.database.transaction() as session:
        judgements.settle(session, held, result, utc_now())


def test_two_claims_one_wins(ready: World) -> None:
    submission = ready.submit(ready.person())
    judgement_id = submission.judgements[-1].id
    barrier = threading.Barrier(8)

    def claim(number: int) -> bool:
        barrier.wait()
        return ready.try_claim(judgement_id, worker=f"w{number}") is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1
    assert ready.judgement(judgement_id).n_attempts == 1


def test_a_settle_is_written_once(ready: World) -> None:
    submission = ready.submit(ready.person())
    held = ready.claim(submission)
    with ready.runtime.database.transaction() as session:
        judgements.settle(session, held, scored(0.9), utc_now())
    with pytest.raises(LeaseLost), ready.runtime.database.transaction() as session:
        judgements.settle(session, held, scored(0.1), utc_now())
    done = ready.judgement(held.judgement_id)
    assert (done.state, done.verdict, done.score) == ("done", "AC", 0.9)
    assert [run.name for run in done.runs] == ["one"]
    assert done.messages == [{"code": "id-missing", "params": {"id": 3}}]
    with ready.runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Metric)) == 2
        assert session.scalar(select(func.count()).select_from(LeaderboardEntry)) == 2


def test_a_late_worker_writes_nothing(ready: World) -> None:
    submission = ready.submit(ready.person())
    late = ready.claim(submission, worker="late", lease_s=-1)
    with ready.runtime.database.transaction() as session:
        expired = reaping.expire(session, now=utc_now(), max_attempts=3)
    assert [place.judgement_id for place in expired.requeued] == [late.judgement_id]
    fresh = ready.claim(submission, worker="fresh")
    for act in (
        lambda s: judgements.settle(s, late, scored(0.1), utc_now()),
        lambda s: judgements.advance(s, late, State.SCORING),
        lambda s: judgements.requeue(s, late, now=utc_now(), reason="no"),
    ):
        with pytest.raises(LeaseLost), ready.runtime.database.transaction() as session:
            act(session)
    with ready.runtime.database.transaction() as session:
        assert judgements.heartbeat(session, [late, fresh], utc_now()) == [late]
        judgements.settle(session, fresh, scored(0.8), utc_now())
    assert ready.judgement(fresh.judgement_id).score == 0.8


def test_heartbeats_keep_a_lease(ready: World) -> None:
    held = ready.claim(ready.submit(ready.person()), lease_s=1)
    later = utc_now() + timedelta(seconds=5)
    with ready.runtime.database.transaction() as session:
        assert judgements.heartbeat(session, [held], later) == []
        assert not reaping.expire(session, now=later, max_attempts=3).requeued
        assert reaping.expire(session, now=later + timedelta(seconds=2), max_attempts=3).requeued


def test_too_many_attempts_end_as_our_fault_and_give_the_quota_back(ready: World) -> None:
    submission = ready.submit(ready.person())
    for _ in range(3):
        ready.claim(submission, lease_s=-1)
        with ready.runtime.database.transaction() as session:
            expired = reaping.expire(session, now=utc_now(), max_attempts=3)
    assert [place.public_id for place in expired.given_up] == [submission.public_id]
    done = ready.judgement(submission.judgements[-1].id)
    assert (done.state, done.verdict) == ("done", "JE")
    assert done.messages == [{"code": "judge-gave-up", "params": {}}]
    with ready.runtime.database.read() as session:
        quota = quota_left(
            session, phase=submission.phase, problem=submission.problem, team=submission.team, now=utc_now()
        )
    assert (quota.used_today, quota.left) == (0, 100)


def test_a_restarted_worker_takes_its_own_leases_back_at_once(ready: World) -> None:
    mine = ready.claim(ready.submit(ready.person()), worker="me", lease_s=60)
    ready.claim(ready.submit(ready.person()), worker="other", lease_s=60)
    with ready.runtime.database.transaction() as session:
        expired = reaping.expire(session, now=utc_now(), max_attempts=3, worker="me")
    assert [place.judgement_id for place in expired.requeued] == [mine.judgement_id]


def test_what_nobody_heard_is_listed_once(ready: World) -> None:
    submission = ready.submit(ready.person())
    now = utc_now()
    with ready.runtime.database.transaction() as session:
        assert not reaping.list_unheard(session, now=now, after_s=5)
        later = now + timedelta(seconds=6)
        assert reaping.is_anything_to_reap(session, now=later, after_s=5)
        heard = reaping.list_unheard(session, now=later, after_s=5)
        assert [place.judgement_id for place in heard] == [submission.judgements[-1].id]
        assert not reaping.list_unheard(session, now=later, after_s=5)


def board(world: World, *, viewer=None, split: str = "public"):
    with world.runtime.database.read() as session:
        return leaderboards.page(
            session,
            contest=contests.get_contest(session, "cup", viewer=viewer),
            problem=session.scalars(select(Problem)).one(),
            split=split,
            now=utc_now(),
            viewer=viewer,
        )


def test_the_leaderboard_keeps_the_best_and_breaks_ties_by_time(ready: World) -> None:
    ada, bob, eve = ready.person("ada"), ready.person("bob"), ready.person("eve")
    ready.contest("cup", ["tiny-table"])
    first = ready.submit(ada, contest_slug="cup")
    second = ready.submit(bob, contest_slug="cup")
    settle(ready, second, scored(0.9, 0.2))
    settle(ready, first, scored(0.9, 0.1))
    settle(ready, ready.submit(ada, contest_slug="cup"), scored(0.5, 0.7))
    settle(ready, ready.submit(eve, contest_slug="cup"), scored(None, verdict=Verdict.AC))
    page = board(ready, viewer=ada)
    assert [(r.rank, r.team_name, r.score, r.n_submissions) for r in page.rows] == [
        (1, "ada", 0.9, 2),
        (2, "bob", 0.9, 1),
    ]
    assert [row.is_own for row in page.rows] == [True, False]
    assert page.rows[0].submission_public_id == first.public_id
    assert page.rows[1].submission_public_id == ""
    assert page.rows[0].metrics["roc_auc"] == 0.9
    assert page.n_teams == 2
    assert not page.is_final


def test_private_scores_show_only_to_who_runs_the_contest_until_revealed(ready: World) -> None:
    boss, ada = ready.person(role="organizer"), ready.person("ada")
    ready.contest("cup", ["tiny-table"], owner=boss)
    submission = ready.submit(ada, contest_slug="cup")
    settle(ready, submission, scored(0.9, 0.25))
    assert board(ready, viewer=ada, split="private").split == "public"
    hidden = board(ready, viewer=boss, split="private")
    assert (hidden.split, hidden.rows[0].score) == ("private", 0.25)
    with ready.runtime.database.read() as session:
        judgement = submissions.current_judgement(session, submission)
        phase = submission.phase
        later = phase.ends_at + timedelta(seconds=1)
        for viewer, now, n_seen in ((ada, utc_now(), 1), (boss, utc_now(), 2), (ada, later, 2)):
            seen = visibility.visible_metrics(judgement, viewer=viewer, phase=phase, now=now)
            assert len(seen) == n_seen


def test_settles_of_one_team_in_parallel_leave_the_best(ready: World) -> None:
    ada = ready.person("ada")
    ready.contest("cup", ["tiny-table"])
    made = [ready.submit(ada, contest_slug="cup") for _ in range(8)]
    claims = [ready.claim(submission) for submission in made]

    def finish(number: int) -> None:
        with ready.runtime.database.transaction() as session:
            judgements.settle(session, claims[number], scored((number + 1) / 10), utc_now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(finish, range(8)))
    (row,) = board(ready).rows
    assert (row.score, row.n_submissions) == (0.8, 8)


def test_a_foreign_submission_does_not_exist(ready: World) -> None:
    ada, eve = ready.person(), ready.person()
    submission = ready.submit(ada)
    with ready.runtime.database.read() as session:
        assert submissions.get_submission(session, submission.public_id, viewer=ada).id == submission.id
        for public_id, viewer in ((submission.public_id, eve), (submission.public_id, None), ("0" * 26, ada)):
            with pytest.raises(NotFound):
                submissions.get_submission(session, public_id, viewer=viewer)
        assert submissions.list_submissions(session, viewer=eve) == []
        judgement = submissions.current_judgement(session, submission)
        assert submissions.queue_position(session, judgement) == 1


def test_publishing_again_changes_nothing_and_other_content_needs_a_new_version(
    ready: World, tmp_path
) -> None:
    from judge.errors import Conflict

    ready.publish(predictions_package(tmp_path))
    (tmp_path / "tiny-table" / "public" / "train.csv").write_text("id,label\n9,0\n")
    from problems.loader import load

    with pytest.raises(Conflict) as caught:
        ready.publish(load(tmp_path / "tiny-table"))
    assert caught.value.code == "version-exists"
    ready.publish(predictions_package(tmp_path, version="1.1.0"))
    with ready.runtime.database.read() as session:
        assert session.scalars(select(Problem)).one().current_version.version == "1.1.0"
        assert session.scalar(select(func.count()).select_from(Judgement)) == 0
