"""Boards on both databases: each line follows from its team's rows alone, at once and again from nothing."""

import itertools
import math
import random
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

from judge.cli.main import app
from judge.clock import utc_now
from judge.db import migrate
from judge.models import (
    BoardSize,
    Contest,
    Entry,
    Judgement,
    LeaderboardEntry,
    Phase,
    Submission,
    Team,
    Track,
    TrackEntry,
)
from judge.services import contests
from problems.loader import load
from tests.factories.cups import Cup
from tests.factories.packages import predictions_package
from tests.factories.worlds import World

ODD = [None, math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, -1e308, 0.5, 0.25]
_numbers = itertools.count(1)


@pytest.fixture
def cup(shared_world: World) -> Cup:
    slug = f"cup{next(_numbers)}"
    shared_world.contest(slug, ["tiny-table"])
    return Cup(shared_world, slug)


REVEALED = {"now": utc_now() + timedelta(hours=2), "split": "private"}


def command(cup, monkeypatch, *words):
    settings = cup.world.runtime.settings
    monkeypatch.setenv("JUDGE_DATABASE_URL", settings.effective_database_url)
    done = CliRunner().invoke(app, ["leaderboard", "rebuild", *words, "--home", str(settings.home)])
    return done.exit_code, done.output


def test_a_rebuild_gives_the_identical_table(cup: Cup, monkeypatch) -> None:
    chance = random.Random(5)
    for _ in range(25):
        verdict = chance.choice(["AC", "WA", "JE"])
        score = None if verdict == "JE" else chance.choice(ODD)
        # a clock that goes back and forth
        number = cup.hand_in(chance.choice("abcde"), at=utc_now() + timedelta(minutes=chance.randint(-9, 9)))
        cup.settle(number, score, None if verdict == "JE" else chance.choice(ODD), verdict=verdict)
    waiting = cup.hand_in("a")  # changes nothing before it is judged
    before = cup.table()
    assert before
    assert command(cup, monkeypatch, "--check", "--contest", cup.slug)[0] == 0
    with cup.world.runtime.database.transaction() as session:
        session.execute(delete(LeaderboardEntry))
        session.execute(delete(BoardSize))
    assert cup.table() == []
    code, said = command(cup, monkeypatch, "--check", "--contest", cup.slug)
    assert (code, f"{len(before)} lines differ" in said) == (1, True)
    assert cup.table() == []
    assert command(cup, monkeypatch)[0] == 0
    assert cup.table() == before
    with cup.world.runtime.database.transaction() as session:
        session.execute(update(LeaderboardEntry).values(score=2.0, is_ranked=False))
    assert command(cup, monkeypatch, "--contest", "practice")[0] == 0
    assert cup.table() != before
    assert command(cup, monkeypatch)[0] == 0
    assert cup.table() == before
    for spoil in (update(BoardSize).values(n_lines=BoardSize.n_lines + 1), delete(BoardSize)):
        with cup.world.runtime.database.transaction() as session:
            session.execute(spoil)
        for _ in range(2):  # the first look changed nothing
            assert command(cup, monkeypatch, "--check")[0] == 1
        assert command(cup, monkeypatch)[0] == 0
        assert command(cup, monkeypatch, "--check")[0] == 0
    assert command(cup, monkeypatch, "--contest", "nowhere")[0] == 3
    cup.settle(waiting, 0.125)
    assert command(cup, monkeypatch, "--check")[0] == 0
    # A judge of before sizes were kept counts them when it is upgraded.
    migrate.downgrade(cup.world.runtime.settings, "0013")
    migrate.upgrade(cup.world.runtime.settings)
    assert command(cup, monkeypatch, "--check")[0] == 0


def test_a_board_equals_what_raw_rows_say(cup: Cup) -> None:
    chance = random.Random(6)
    for _ in range(24):
        cup.submit(chance.choice("abcdef"), chance.choice(ODD))
    with cup.world.runtime.database.read() as session:
        rows = session.execute(
            select(Team.name, Judgement.score, Submission.submitted_at, Submission.id)
            .join(Submission, Submission.team_id == Team.id)
            .join(Judgement, Judgement.submission_id == Submission.id)
            .join(Phase, Phase.id == Submission.phase_id)
            .join(Contest, Contest.id == Phase.contest_id)
            .where(Judgement.score.is_not(None), Contest.slug == cup.slug)
        ).all()
    best: dict[str, tuple] = {}
    for name, score, at, number in rows:
        best[name[0]] = min(best.get(name[0], (math.inf,)), (-score, at, number))
    expected = sorted(best, key=lambda name: best[name])
    assert cup.names() == list(enumerate(expected, start=1))
    assert cup.scores({}) == [[-best[name][0] for name in expected]]
    for offset in range(len(expected) + 1):
        assert cup.names(offset=offset, limit=2) == list(enumerate(expected, start=1))[offset : offset + 2]


def test_teams_that_are_out_baselines_and_tracks(cup: Cup) -> None:
    for name, score in (("ada", 0.9), ("bob", 0.8), ("cyd", 0.7), ("dan", 0.6)):
        cup.submit(name, score)
    with cup.world.runtime.database.transaction() as session:
        contest = contests.get_contest(session, cup.slug, viewer=None)
        entries = {
            entry.team.name.split("-")[0]: entry
            for entry in session.scalars(select(Entry).where(Entry.contest_id == contest.id))
        }
        entries["ada"].disqualified_at = entries["cyd"].withdrawn_at = utc_now()
        entries["bob"].kind = "baseline"
        track = Track(contest_id=contest.id, slug="students", names={"en": "Students", "zh": "学生"})
        session.add(track)
        session.flush()
        session.add_all(TrackEntry(track_id=track.id, entry_id=entries[name].id) for name in ("bob", "dan"))
    cup.change()
    assert cup.names() == [(None, "bob"), (1, "dan")]
    assert [row.is_baseline for row in cup.page().rows] == [True, False]
    assert (cup.page().n_teams, cup.page().n_rows) == (1, 2)
    cup.submit("dan", 0.95)
    cup.submit("ada", 0.99)
    assert cup.names(track="students") == cup.names() == [(1, "dan"), (None, "bob")]
    assert cup.names(offset=1) == [(None, "bob")]


def test_last_and_selected(cup: Cup) -> None:
    made = [cup.submit("ada", *scores) for scores in ((0.9, 0.1), (0.8, 0.7), (0.5, 0.6))]
    assert cup.scores({}, REVEALED) == [[0.9], [0.7]]
    cup.change(policy="last")
    assert cup.scores({}, REVEALED) == [[0.5], [0.6]]
    cup.submit("ada", None)
    assert cup.scores({}, REVEALED) == [[], []]
    cup.change(policy="selected", n_selected=1)
    assert cup.scores({}, REVEALED) == [[0.9], [0.1]]
    with cup.world.runtime.database.transaction() as session:
        session.get_one(Judgement, made[2]).submission.is_selected = True
    cup.submit("ada", 0.2, 1.0)
    assert cup.scores({}, REVEALED) == [[0.9], [0.6]]


def test_a_version_with_another_metric_is_not_compared(shared_world: World, tmp_path) -> None:
    package = predictions_package(tmp_path, slug="renamed")
    shared_world.publish(package)
    shared_world.contest("renaming", ["renamed"])
    cup = Cup(shared_world, "renaming", "renamed")
    cup.submit("ada", 0.9)
    cup.submit("bob", 0.8)
    old = cup.hand_in("cyd")
    manifest = package.root / "problem.yaml"
    manifest.write_text(re.sub("primary: .*", "primary: log_loss", manifest.read_text()))
    shared_world.publish(load(_raised(manifest, "2.0.0")))
    cup.settle(old, 0.95)
    assert cup.names() == [(1, "cyd"), (2, "ada"), (3, "bob")]
    cup.submit("bob", 3.5, key="log_loss", higher=False)
    assert cup.names() == [(1, "bob"), (None, "cyd"), (None, "ada")]
    cup.submit("ada", 2.5, key="log_loss", higher=False)
    assert cup.names() == [(1, "ada"), (2, "bob"), (None, "cyd")]
    # The same metric turned round by the next version's scorer: again something else.
    shared_world.publish(load(_raised(manifest, "3.0.0")))
    cup.submit("cyd", 0.1, key="log_loss", higher=True)
    assert cup.names() == [(1, "cyd"), (None, "ada"), (None, "bob")]
    before = cup.table()
    cup.change()
    assert cup.table() == before


def _raised(manifest, version):
    manifest.write_text(re.sub("(?m)^version: .*", f"version: {version}", manifest.read_text()))
    return manifest.parent


def test_a_direction_that_comes_late_turns_the_board_round(shared_world: World, tmp_path) -> None:
    shared_world.publish(predictions_package(tmp_path, slug="unknown"))
    shared_world.contest("turning", ["unknown"])
    cup = Cup(shared_world, "turning", "unknown")
    for name, score in (("ada", 1.0), ("bob", 2.0)):
        cup.submit(name, score, key="other")
    assert cup.names() == [(1, "bob"), (2, "ada")]
    cup.submit("cyd", 1.5, higher=False)
    assert cup.names() == [(1, "ada"), (2, "cyd"), (3, "bob")]
    cup.submit("dan", 1.7, higher=True)  # one version, one direction
    assert cup.names()[2] == (3, "dan")


def test_many_settle_while_a_rebuild_runs(cup: Cup) -> None:
    waiting = [cup.hand_in(name) for name in "abcd" for _ in range(3)]

    def act(number: int) -> None:
        if number < len(waiting):
            cup.settle(waiting[number], number / 100)
        else:
            cup.change()

    order = [*range(len(waiting)), *[99] * 4]
    random.Random(7).shuffle(order)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, order))
    before = cup.table()
    assert len(before) == 8
    cup.change()
    assert cup.table() == before
