"""The pipeline in this process, with real sandboxes: whose fault it is, and what is shown to whom."""

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from judge.clock import utc_now
from judge.models import Judgement, Resemblance, Sketch, Submission
from judge.models.words import Role
from judge.services.quota import quota_left
from judge.services.rejudgings import life
from judge.services.rejudgings.selection import Selection
from judge.worker import heartbeat, pipeline
from judge.worker.bench import DirectSource
from judge.worker.health import Health
from judge.worker.host import Host
from judge.worker.identity import take_identity
from judge.worker.lanes import Lane
from problems.loader import load
from sandboxes.base import Profile, Sandbox
from sandboxes.errors import SandboxStartFailed
from tests.factories.packages import GOOD_PY, function_package, predictions_package
from tests.factories.worlds import World

FUNCTION = {"problem_slug": "tiny-function", "filename": "solution.py"}


class Flaky:
    """Lends real sandboxes, after failing a number of times."""

    def __init__(self, source: DirectSource, n_failures: int) -> None:
        self.source = source
        self.n_failures = n_failures

    def acquire(self, profile: Profile) -> Sandbox:
        if self.n_failures > 0:
            self.n_failures -= 1
            raise SandboxStartFailed("the engine is restarting: /var/run/secret.sock")
        return self.source.acquire(profile)


@pytest.fixture
def world(host: Host, tmp_path: Path) -> World:
    made = World(host.runtime)
    made.publish(predictions_package(tmp_path))
    made.publish(function_package(tmp_path))
    return made


def judged(host: Host, world: World, submission: Submission) -> Judgement:
    pipeline.work(host, submission.judgements[-1].id)
    found = world.judgement(submission.judgements[-1].id)
    assert found.state == "done"
    return found


def charged(world: World, submission: Submission) -> tuple[int, int]:
    """Return what today's quota and today's cap of faults were charged."""
    with world.runtime.database.read() as session:
        quota = quota_left(
            session, phase=submission.phase, problem=submission.problem, team=submission.team, now=utc_now()
        )
    return quota.used_today, quota.faults_today


def test_a_format_fault_is_the_contestants(host: Host, world: World) -> None:
    submission = world.submit(world.person(), chunks=[b"id,probability\n1,high\n"])
    done = judged(host, world, submission)
    assert done.verdict == "PE"
    assert done.score is None
    assert done.messages[0]["code"] == "value-not-number"
    assert charged(world, submission) == (0, 1)


def test_a_broken_grader_is_ours_and_is_not_charged(host: Host, world: World, tmp_path: Path) -> None:
    root = tmp_path / "tiny-function"
    (root / "hidden/reference/tests.py").write_text("raise RuntimeError('reference answer is 42')\n")
    manifest = (root / "problem.yaml").read_text().replace("version: 1.0.0", "version: 1.0.1")
    (root / "problem.yaml").write_text(manifest)
    world.publish(load(root))
    submission = world.submit(world.person(), chunks=[GOOD_PY], **FUNCTION)
    done = judged(host, world, submission)
    assert (done.verdict, done.n_attempts) == ("JE", 1)
    assert [message["code"] for message in done.messages] == ["judge-fault"]
    assert "reference answer" in done.admin_detail
    assert "42" not in str(done.messages) + done.stdout + done.stderr
    assert charged(world, submission) == (0, 0)


@pytest.mark.parametrize(
    ("n_failures", "verdict", "n_attempts", "n_charged"), [(2, "AC", 3, 1), (9, "JE", 3, 0)]
)
def test_machines_at_fault_are_tried_again(
    host: Host, world: World, n_failures: int, verdict: str, n_attempts: int, n_charged: int
) -> None:
    host.source = Flaky(DirectSource(host.provider), n_failures)
    host.health = Health(avoid_s=0.2)
    submission = world.submit(world.person())
    judgement_id = submission.judgements[-1].id
    assert pipeline.judge(host, judgement_id)
    assert not pipeline.judge(host, judgement_id), "it was just here that it failed: others first"
    deadline = time.monotonic() + 20
    while world.judgement(judgement_id).state != "done" and time.monotonic() < deadline:
        pipeline.work(host, judgement_id)  # as the reaper rings again
    done = judged(host, world, submission)
    assert (done.verdict, done.n_attempts) == (verdict, n_attempts)
    assert charged(world, submission) == (n_charged, 0)
    assert "secret.sock" not in str(done.messages)


# A module that finds the connection of the program it was imported by, and speaks on it.
_IMPOSTOR = b"""
import os, socket, stat, struct
for number in range(3, 64):
    try: is_socket = stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError: continue
    if is_socket: wire = socket.socket(fileno=os.dup(number)); break
"""


@pytest.mark.parametrize(
    ("deed", "verdict", "code"),
    [
        (b"wire.sendall(struct.pack('>I', 2**32 - 1))", "OLE", "channel-message-size"),
        (b"wire.sendall(struct.pack('>I', 100) + b'half'); os._exit(0)", "RTE", "channel-cut"),
        (b"wire.sendall(struct.pack('>I', 4) + b'ohno')", "PE", "host-protocol"),
    ],
)
def test_a_module_that_speaks_for_its_host_has_itself_to_blame(
    host: Host, world: World, deed: bytes, verdict: str, code: str
) -> None:
    submission = world.submit(world.person(), chunks=[_IMPOSTOR + deed + b"\n" + GOOD_PY], **FUNCTION)
    done = judged(host, world, submission)
    assert (done.verdict, done.messages[0]["code"]) == (verdict, code), done.admin_detail
    assert (done.n_attempts, *charged(world, submission)) == (1, 0, 1)


def test_hidden_inputs_cannot_be_printed_back(host: Host, world: World) -> None:
    source = (
        b"import sys\nprint('ready')\ndef double(x):\n    print('saw', x)\n    raise ValueError(f'saw {x}')\n"
    )
    done = judged(host, world, world.submit(world.person(), chunks=[source], **FUNCTION))
    assert done.verdict == "RTE"
    shown = done.stdout + done.stderr + str(done.messages) + str([run.message for run in done.runs])
    assert "saw" not in shown
    assert "21" not in shown


def test_output_of_a_module_that_never_became_ready_is_shown(host: Host, world: World) -> None:
    source = b"print('loading\\x1b[2J weights')\nimport no_such_module\n"
    done = judged(host, world, world.submit(world.person(), chunks=[source], **FUNCTION))
    assert done.verdict == "RTE"
    assert done.messages[0]["code"] == "import-failed"
    assert "loading" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_same_submission_judged_twice_scores_the_same(host: Host, world: World) -> None:
    account = world.person()
    first, second = world.submit(account), world.submit(account)
    one, two = judged(host, world, first), judged(host, world, second)
    assert (one.score, one.score_private) == (two.score, two.score_private)
    for key in ("submission_sha256", "package_sha256", "seed", "image_digest", "scorer", "limits"):
        assert one.receipt[key] == two.receipt[key]


def test_a_lost_lease_stops_the_work_and_writes_nothing(host: Host, world: World) -> None:
    submission = world.submit(world.person())
    held = world.claim(submission, worker=host.identity.name, lease_s=-1)
    heartbeat.reap(host, lambda _queue: 0)
    waiting = world.judgement(held.judgement_id)
    assert (waiting.state, waiting.fence) == ("queued", 1)
    assert judged(host, world, submission).fence == 2


def test_nothing_is_left_on_disk(host: Host, world: World) -> None:
    judged(host, world, world.submit(world.person()))
    host.provider.settle()
    assert list(host.folder.iterdir()) == []


def test_two_workers_have_two_names(host: Host) -> None:
    other = take_identity(host.runtime.settings)
    assert other.name != host.identity.name
    other.release()
    again = take_identity(host.runtime.settings)
    assert again.name == other.name
    again.release()


def test_a_rejudging_leaves_a_slot_for_live_submissions(host: Host, world: World) -> None:
    boss = world.person(role=Role.ORGANIZER)
    world.contest("cup", ["tiny-table"], owner=boss)
    first = world.submit(world.person(), contest_slug="cup")
    judged(host, world, first)
    rejudging_id = life.start(
        host.runtime, "cup", selection=Selection(), reasons={"en": "Suspicion."}, actor=boss
    )
    with host.runtime.database.read() as session:
        new_id = session.scalars(select(Judgement.id).where(Judgement.rejudging_id == rejudging_id)).one()
    host.lane = Lane.beside(2)
    live = world.submit(world.person(), contest_slug="cup")
    with host.lane.enter() as busy:  # the other slot works on a rejudging
        assert busy.is_held
        pipeline.work(host, new_id)
        assert world.judgement(live.judgements[-1].id).state == "done"
        assert world.judgement(new_id).state == "queued"
    pipeline.work(host, new_id)
    done = world.judgement(new_id)
    assert (done.verdict, done.is_current, host.lane.n_free) == ("AC", False, 1)


def test_a_score_comes_with_an_interval_or_a_reason_and_with_a_sketch(host: Host, world: World) -> None:
    submission = world.submit(world.person())
    done = judged(host, world, submission)
    assert {metric.no_interval for metric in done.metrics} == {"few-rows"}
    again = judged(host, world, world.submit(world.person()))
    with host.runtime.database.read() as session:
        kept = session.get_one(Sketch, done.id).content
        found = session.scalars(select(Resemblance)).one()
    assert 0 < len(kept) <= 2048
    assert (found.judgement_id, found.earlier_id, found.share) == (again.id, done.id, 1.0)
    assert not found.is_same_team
