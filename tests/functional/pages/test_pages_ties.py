"""Equal scores on a board are told apart by the problem's tie-breaking metrics, then by time."""

import re

import pytest

from judge.clock import utc_now
from judge.models.words import Verdict
from judge.services import judgements, leaderboards
from judge.services.contests import get_contest
from judge.services.problems import get_problem
from judge.services.results import JudgementResult
from problems.loader import load
from scoring.contract import MetricValue
from tests.factories.packages import predictions_package
from tests.factories.worlds import World


@pytest.fixture
def world(runtime, tmp_path):
    made = World(runtime)
    package = predictions_package(tmp_path)
    manifest = package.root / "problem.yaml"
    text = re.sub(r"(?m)^leaderboard:.*$", "leaderboard: {tie_breaks: [log_loss]}", manifest.read_text())
    manifest.write_text(text)
    made.publish(load(package.root))
    made.contest("cup", ["tiny-table"])
    return made


def settle(world, submission, score, loss):
    values = [MetricValue(key="roc_auc", split="public", value=score, higher_is_better=True)]
    values.append(MetricValue(key="log_loss", split="public", value=loss, higher_is_better=False))
    with world.runtime.database.transaction() as session:
        result = JudgementResult(Verdict.AC, score, metrics=tuple(values))
        judgements.settle(session, world.claim(submission), result, utc_now())


def board(world):
    with world.runtime.database.read() as session:
        contest, problem = (
            get_contest(session, "cup", viewer=None),
            get_problem(session, "tiny-table", viewer=None),
        )
        page = leaderboards.page(session, contest=contest, problem=problem, now=utc_now())
        return [(row.team_name, row.score, row.n_submissions) for row in page.rows]


def test_a_lower_loss_stands_above_an_earlier_submission(world):
    for name, loss in (("ada", 0.5), ("bob", None), ("cyd", 0.3), ("dan", 0.5)):
        settle(world, world.submit(world.person(name), contest_slug="cup"), 0.75, loss)
    assert [name for name, _, _ in board(world)] == ["cyd", "ada", "dan", "bob"]


def test_of_a_teams_equal_scores_the_tie_break_picks(world):
    ada, bob = world.person("ada"), world.person("bob")
    settle(world, world.submit(bob, contest_slug="cup"), 0.75, 0.4)
    for loss in (0.5, 0.3, 0.9):
        settle(world, world.submit(ada, contest_slug="cup"), 0.75, loss)
    assert board(world) == [("ada", 0.75, 3), ("bob", 0.75, 1)]
