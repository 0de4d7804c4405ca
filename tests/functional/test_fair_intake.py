"""What a submission costs, on both databases: faults apart, zones, late days, smoke tests, cancelling."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, JudgeError, PhaseClosed, QuotaExceeded
from judge.models import Account, Judgement, LeaderboardEntry, Phase, Submission
from judge.models.words import Format, Verdict
from judge.services import contest_editing, contests, judgements, standings, submissions
from judge.services.boards import conducting
from judge.services.cancelling import cancel
from judge.services.phase_rules import PhaseDraft, check_phases
from judge.services.quota import Quota, day_of, quota_left
from judge.services.results import JudgementResult
from judge.services.visibility import is_revealed
from judge.worker import pipeline
from judge.worker.host import Host
from judge.worker.material import Material
from judge.worker.proving import ExampleResult, check_sample
from judge.worker.smoke import on_sample
from problems.loader import load
from problems.sample import Sample, sample_of
from scoring.formats import Scale
from tests.factories.packages import GOOD_CSV, function_package, predictions_package
from tests.factories.worlds import World


@pytest.fixture
def ready(world: World, tmp_path: Path) -> World:
    world.publish(predictions_package(tmp_path))
    return world


def end(world: World, submission: Submission, verdict: str, score: float | None = None) -> None:
    held = world.claim(submission)
    with world.runtime.database.transaction() as session:
        judgements.settle(session, held, JudgementResult(Verdict(verdict), score, score), utc_now())


def quota(world: World, submission: Submission) -> Quota:
    with world.runtime.database.read() as session:
        place = {"phase": submission.phase, "problem": submission.problem, "team": submission.team}
        return quota_left(session, now=utc_now(), **place)


def row(world: World, submission: Submission) -> Submission:
    with world.runtime.database.read() as session:
        return session.get_one(Submission, submission.id)


def refused(world: World, account: Account, **more: object) -> str:
    with pytest.raises(QuotaExceeded) as caught:
        world.submit(account, contest_slug="cup", **more)
    assert caught.value.formatted()
    return caught.value.code


def test_what_each_verdict_costs(ready: World) -> None:
    ready.contest("cup", ["tiny-table"], quota=3, total=9)
    costs = {"AC": (1, 0), "WA": (1, 0), "SV": (1, 0), "JE": (0, 0)}
    costs |= dict.fromkeys(("PE", "CE", "RTE", "TLE", "MLE", "OLE"), (0, 1))
    for verdict, (used, faults) in costs.items():
        submission = ready.submit(ready.person(), contest_slug="cup")
        assert (quota(ready, submission).used_today, quota(ready, submission).faults_today) == (1, 0)
        end(ready, submission, verdict)
        left = quota(ready, submission)
        assert (left.used_today, left.used_total) == (used, used), verdict
        assert (left.faults_today, left.faults_total) == (faults, faults), verdict
        assert (left.limit_faults_per_day, left.limit_faults_total) == (12, 36)


def test_failing_for_ever_ends_although_it_costs_no_quota(ready: World) -> None:
    ready.contest("cup", ["tiny-table"], quota=2, quota_faults_per_day=3)
    account = ready.person()
    for _ in range(3):
        end(ready, ready.submit(account, contest_slug="cup"), "TLE")
    assert refused(ready, account) == "quota-faults-exceeded"


def test_only_so_many_are_judged_at_one_time(ready: World) -> None:
    """Exact when fifty come at once; each that ends makes room."""
    ready.contest("cup", ["tiny-table"], quota_concurrent=2)
    account = ready.person()
    barrier = threading.Barrier(12)

    def submit(_number: int) -> str:
        barrier.wait()
        try:
            return ready.submit(account, contest_slug="cup").public_id
        except JudgeError as error:
            return error.code

    with ThreadPoolExecutor(12) as pool:
        outcomes = Counter(pool.map(submit, range(12)))
    assert outcomes.pop("quota-concurrent-exceeded") == 10
    with ready.runtime.database.read() as session:
        first = session.scalars(select(Submission).where(Submission.public_id == next(iter(outcomes)))).one()
        session.refresh(first, ["judgements"])
    end(ready, first, "AC", 0.5)
    ready.submit(account, contest_slug="cup")
    assert refused(ready, account) == "quota-concurrent-exceeded"


@pytest.mark.parametrize(
    ("now", "hour", "zone", "begin", "end"),
    [
        ("2026-05-01T15:59", 0, "Asia/Shanghai", "2026-04-30T16:00", "2026-05-01T16:00"),
        ("2026-05-01T16:00", 0, "Asia/Shanghai", "2026-05-01T16:00", "2026-05-02T16:00"),
        ("2026-05-01T00:00", 8, "Asia/Shanghai", "2026-05-01T00:00", "2026-05-02T00:00"),
        ("2026-05-01T12:00", 0, "UTC", "2026-05-01T00:00", "2026-05-02T00:00"),
        ("2026-03-29T12:00", 0, "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("2026-10-25T12:00", 0, "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
    ],
)
def test_a_day_begins_at_the_phases_hour_in_its_zone(now, hour, zone, begin, end) -> None:
    phase = Phase(quota_renews_h=hour, quota_zone=zone)
    found = day_of(phase, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert [one.strftime("%Y-%m-%dT%H:%M") for one in found] == [begin, end]


def test_yesterdays_submissions_do_not_count_today(ready: World) -> None:
    zone = "Asia/Shanghai"
    hour = datetime.now(ZoneInfo(zone)).hour
    ready.contest("cup", ["tiny-table"], quota=1, quota_zone=zone, quota_renews_h=hour)
    account = ready.person()
    submission = ready.submit(account, contest_slug="cup")
    assert refused(ready, account) == "quota-exceeded"
    with ready.runtime.database.transaction() as session:  # to just before this hour began
        before = day_of(submission.phase, utc_now())[0] - timedelta(seconds=1)
        session.execute(update(Submission).values(submitted_at=before))
    ready.submit(account, contest_slug="cup")


def test_what_is_cancelled_before_it_ran_costs_nothing(ready: World) -> None:
    ready.contest("cup", ["tiny-table"], quota=1)
    account, other = ready.person(), ready.person()
    submission = ready.submit(account, contest_slug="cup")
    with ready.runtime.database.transaction() as session:
        mine = submissions.get_submission(session, submission.public_id, viewer=account)
        cancel(session, mine, actor=account, now=utc_now())
    assert ready.judgement(submission.judgements[-1].id).state == "cancelled"
    assert ready.try_claim(submission.judgements[-1].id) is None
    assert quota(ready, submission).used_today == 0
    second = ready.submit(account, contest_slug="cup")
    ready.claim(second)
    with pytest.raises(Conflict) as caught, ready.runtime.database.transaction() as session:
        mine = submissions.get_submission(session, second.public_id, viewer=account)
        cancel(session, mine, actor=account, now=utc_now())
    assert caught.value.code == "not-waiting"
    with pytest.raises(JudgeError), ready.runtime.database.read() as session:
        submissions.get_submission(session, second.public_id, viewer=other)


def late_cup(ready: World, *slugs: str, **rules: object) -> None:
    """Set up a contest that ended one and a half days ago and still takes submissions."""
    now = utc_now()
    late = {"late_until": now + timedelta(days=5), "late_penalty_per_day": 0.2, **rules}
    ready.contest("cup", ["tiny-table", *slugs], starts_h=-100, ends_h=-36, **late)


def test_grace_days_pay_first_and_are_spent_once(ready: World, tmp_path: Path) -> None:
    ready.publish(function_package(tmp_path))
    late_cup(ready, "tiny-function", grace_days=3)
    account = ready.person()
    first = ready.submit(account, contest_slug="cup")
    assert (first.late_days, first.grace_days, first.late_factor) == (2, 2, 1.0)
    again = ready.submit(account, contest_slug="cup")  # the same problem: paid for already
    assert (again.late_days, again.grace_days, again.late_factor) == (2, 2, 1.0)
    code = {"filename": "solution.py", "chunks": [b"def double(x):\n    return 2 * x\n"]}
    other = ready.submit(account, contest_slug="cup", problem_slug="tiny-function", **code)
    assert (other.late_days, other.grace_days) == (2, 1)
    assert other.late_factor == pytest.approx(0.8)
    # Another team has days of its own.
    assert ready.submit(ready.person(), contest_slug="cup").late_factor == 1.0


def test_an_extension_is_in_favour_of_those_who_were_late(ready: World, tmp_path: Path) -> None:
    ready.publish(function_package(tmp_path))
    late_cup(ready, "tiny-function", grace_days=1)
    person, boss = ready.person(), ready.person(role="admin")
    first = ready.submit(person, contest_slug="cup")
    code = {"filename": "solution.py", "chunks": [b"def double(x):\n    return 2 * x\n"]}
    other = ready.submit(person, contest_slug="cup", problem_slug="tiny-function", **code)
    assert (first.late_factor, other.late_factor) == pytest.approx((0.8, 0.6))

    with ready.runtime.database.transaction() as session:
        contest = contests.get_contest(session, "cup", viewer=None)
        conducting.set_format(
            session,
            contest,
            Format.HOMEWORK,
            {"tiny-table": Scale(0.0, 1.0, 100.0)},
            actor=session.merge(boss),
        )
    held = ready.try_claim(first.judgements[-1].id)
    with ready.runtime.database.transaction() as session:
        judgements.settle(session, held, JudgementResult(Verdict.AC, 1.0, 1.0), utc_now())

    def total() -> float:
        with ready.runtime.database.read() as session:
            phase = contests.get_contest(session, "cup", viewer=None).phases[0]
            return standings.page(session, phase=phase, now=utc_now()).rows[0].total

    def change(**changes) -> tuple[tuple[int, int, float], ...]:
        with ready.runtime.database.transaction() as session:
            phase = contests.get_contest(session, "cup", viewer=None).phases[0]
            before = {"ends_at": phase.ends_at, "late_penalty_per_day": phase.late_penalty_per_day}
            wanted = {key: value(before[key]) for key, value in changes.items()}
            contest_editing.update_phase(session, phase, wanted, editor=session.merge(boss))
        with ready.runtime.database.read() as session:
            rows = [session.get_one(Submission, one.id) for one in (first, other)]
            return tuple((row.late_days, row.grace_days, round(row.late_factor, 6)) for row in rows)

    assert change(late_penalty_per_day=lambda _: 0.5) == ((2, 1, 0.8), (2, 0, 0.6)), "never to its harm"
    assert total() == pytest.approx(80)
    assert change(late_penalty_per_day=lambda _: 0.1) == ((2, 1, 0.9), (2, 0, 0.8))
    # A day more: the grace day pays for the first one, and for nothing else.
    assert change(ends_at=lambda at: at + timedelta(days=1)) == ((1, 1, 1.0), (1, 0, 0.9))
    assert change(ends_at=lambda at: at + timedelta(days=1)) == ((0, 0, 1.0), (0, 0, 1.0))
    assert change(ends_at=lambda at: at - timedelta(days=2)) == ((0, 0, 1.0), (0, 0, 1.0))
    assert total() == 100
    with ready.runtime.database.transaction() as session:
        session.execute(update(Phase).values(finalized_at=utc_now()))
    with pytest.raises(Conflict) as caught:
        change(late_penalty_per_day=lambda _: 0.3)
    assert caught.value.code == "results-final"


def test_private_scores_wait_until_late_submissions_end(ready: World) -> None:
    late_cup(ready)
    submission = ready.submit(ready.person(), contest_slug="cup")
    now = utc_now()
    assert not is_revealed(submission.phase, now=now)
    assert is_revealed(submission.phase, now=now + timedelta(days=6))
    with pytest.raises(Conflict) as early, ready.runtime.database.transaction() as session:
        owner = session.get_one(Account, ready.person(role="admin").id)
        conducting.finalize(session, session.get_one(Phase, submission.phase_id), actor=owner, now=now)
    assert early.value.code == "phase-not-over"
    with ready.runtime.database.transaction() as session:
        session.execute(update(Phase).values(late_until=now))
    with pytest.raises(PhaseClosed) as caught:
        ready.submit(ready.person(), contest_slug="cup")
    assert caught.value.code == "contest-ended"


@pytest.mark.parametrize(
    "rules",
    [
        {"quota_zone": "Mars/Olympus"},
        {"quota_zone": "../etc/passwd"},
        {"quota_renews_h": 24},
        {"quota_per_day": 5, "quota_faults_per_day": 4},
        {"quota_concurrent": 0},
        {"late_penalty_per_day": 1.1},
        {"late_penalty_per_day": float("nan")},
        {"grace_days": -1},
        {"late_until": datetime(2026, 1, 1, tzinfo=UTC)},
        {"ends_at": datetime(2026, 1, 1, tzinfo=UTC), "late_until": datetime(2025, 12, 31, tzinfo=UTC)},
        {
            "ends_at": datetime(2026, 1, 1, tzinfo=UTC),
            "late_until": datetime(2026, 1, 3, tzinfo=UTC),
            "reveal_at": datetime(2026, 1, 2, tzinfo=UTC),
        },
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_phases([PhaseDraft({"en": "Main"}, **rules)])
    assert caught.value.fields["phases"]


def test_a_smoke_test_costs_nothing_and_ranks_nowhere(host: Host, tmp_path: Path) -> None:
    world = World(host.runtime)
    folder = tmp_path / "tiny-table"
    predictions_package(tmp_path)
    reference = next((folder / "hidden/reference").glob("*.csv"))
    reference.write_text(
        reference.read_text().replace("1,1,public", "1,1,sample").replace("2,0,public", "2,0,sample")
    )
    world.publish(load(folder))
    world.contest("cup", ["tiny-table"], quota=1)
    account = world.person()
    smoke = world.submit(account, contest_slug="cup", is_smoke=True)
    assert refused(world, account, is_smoke=True) == "smoke-test-running"
    pipeline.work(host, smoke.judgements[-1].id)
    done = world.judgement(smoke.judgements[-1].id)
    assert (done.verdict, done.score, done.score_private) == ("AC", None, None)
    assert {metric.split for metric in done.metrics} == {"sample"}
    with world.runtime.database.read() as session:
        assert session.scalars(select(LeaderboardEntry)).all() == []
    assert row(world, smoke).charge == "none"
    world.submit(account, contest_slug="cup", chunks=[GOOD_CSV])  # the quota of one is whole
    wrong = world.submit(world.person(), contest_slug="cup", is_smoke=True, chunks=[b"id,probability\n1,2\n"])
    pipeline.work(host, wrong.judgements[-1].id)
    assert world.judgement(wrong.judgements[-1].id).verdict == "PE"  # its form is checked on all rows
    assert row(world, wrong).charge == "none"


def test_a_smoke_test_asks_only_what_contestants_have(host: Host, tmp_path: Path) -> None:
    """The sample's tests are run, none of the hidden ones: their inputs are never sent."""
    world = World(host.runtime)
    function_package(tmp_path)
    world.publish(load(tmp_path / "tiny-function"))
    code = {"problem_slug": "tiny-function", "filename": "solution.py"}
    with pytest.raises(InvalidInput) as caught:
        world.submit(world.person(), is_smoke=True, chunks=[b"def double(x): return 2 * x\n"], **code)
    assert caught.value.code == "no-sample"
    sample = tmp_path / "tiny-function/public/sample/reference/tests.py"
    sample.parent.mkdir(parents=True)
    hidden = (tmp_path / "tiny-function/hidden/reference/tests.py").read_text()
    sample.write_text(
        hidden.replace("doubles-a-number", "doubles-four").replace("21.0", "4.0").replace("42.0", "8.0")
    )
    manifest = tmp_path / "tiny-function/problem.yaml"
    manifest.write_text(manifest.read_text().replace("version: 1.0.0", "version: 1.0.1"))
    world.publish(load(tmp_path / "tiny-function"))
    knows_four = (
        b"def double(x):\n    if x != 4.0:\n        raise SystemExit('a hidden question')\n    return 8.0\n"
    )
    smoke = world.submit(world.person(), is_smoke=True, chunks=[knows_four], **code)
    pipeline.work(host, smoke.judgements[-1].id)
    done = world.judgement(smoke.judgements[-1].id)
    assert (done.verdict, [run.name for run in done.runs]) == ("AC", ["doubles-four"])
    assert [(metric.key, metric.split, metric.value) for metric in done.metrics] == [
        ("tests_passed", "sample", 1.0)
    ]
    assert {run.split for run in done.runs} == {"sample"}


def test_a_sample_that_the_good_example_fails_is_found_before_publishing(host: Host, tmp_path: Path) -> None:
    function_package(tmp_path)
    root = tmp_path / "tiny-function"
    sample = root / "public/sample/reference/tests.py"
    sample.parent.mkdir(parents=True)
    hidden = (root / "hidden/reference/tests.py").read_text()
    good = root / "submissions/good/solution.py"
    good.parent.mkdir(parents=True, exist_ok=True)
    good.write_text("def double(x):\n    return 2 * x\n")
    manifest = (root / "problem.yaml").read_text()
    example = "examples:\n  good: {role: good, file: solution.py, verdict: AC, score: [1, 1]}\n"
    if "examples:" not in manifest:
        (root / "problem.yaml").write_text(manifest + example)
    for answer, codes in (("42.0", []), ("43.0", ["sample-broken"])):
        sample.write_text(hidden.replace("42.0", answer))
        package = load(root)
        (one,) = [one for one in package.examples if one.role == "good"]
        right = ExampleResult(one, JudgementResult(Verdict.AC, 1.0), "")
        found = check_sample(package, [right], host.source)
        assert [finding.code for finding in found] == codes


def test_sample_cases_alone_are_run() -> None:
    folder = Path(__file__).parents[2] / "problems/catalog/bpe-merges"
    package = load(folder)
    assert sample_of(package.spec, package.files) is Sample.CASES
    names = ("sample/1.in", "small/1.in", "helper.h")
    material = Material(
        package.spec, Path("a.py"), "py", {name: Path(name) for name in names},
        {"sample/1.ans": Path("x"), "small/1.ans": Path("y")}, "0",
    )  # fmt: skip
    cut = on_sample(material, Sample.CASES, {})
    assert set(cut.inputs) == {"sample/1.in", "helper.h"}
    assert set(cut.reference) == {"sample/1.ans"}
    assert cut.spec.program is not None and cut.spec.program.cases is not None
    assert cut.spec.program.cases.subtasks == ()


def test_judgements_of_a_cancelled_submission_stay_on_record(ready: World) -> None:
    account = ready.person()
    submission = ready.submit(account)
    with ready.runtime.database.transaction() as session:
        mine = submissions.get_submission(session, submission.public_id, viewer=account)
        cancel(session, mine, actor=account, now=utc_now())
        assert session.scalars(select(Judgement.state)).all() == ["cancelled"]
