"""Ladders and intervals on both databases: released once, folded again after a change, never telling more."""

import itertools

import pytest
from sqlalchemy import delete, select

from judge.clock import utc_now
from judge.errors import InvalidInput
from judge.models import Judgement, LeaderboardEntry, Metric, Replicates
from judge.models.words import Ladder
from judge.services import contests, merging, teams
from judge.services.boards.rebuilding import rebuild
from judge.services.contest_editing import update_contest
from judge.services.phase_rules import PhaseDraft
from judge.services.result_rows import replicates_of
from tests.factories.cups import Cup
from tests.factories.worlds import World

STEADY = [0.01 * (-1) ** number for number in range(40)]  # its standard error is 0.01
OTHERS = [0.01 * (-1) ** (number // 2) for number in range(40)]  # likewise, and not in step with the first
_numbers = itertools.count(1)


@pytest.fixture
def cup(shared_world: World) -> Cup:
    slug = f"ladder{next(_numbers)}"
    boss = shared_world.person(f"boss-{slug}", role="organizer")
    shared_world.contest(slug, ["tiny-table"], owner=boss)
    made = Cup(shared_world, slug)
    made.people["boss"] = boss
    return made


def edit(cup: Cup, **more) -> None:
    """Change the phase as its organizer does."""
    with cup.world.runtime.database.transaction() as session:
        boss = session.merge(cup.people["boss"], load=True)
        contest = contests.get_run_contest(session, cup.slug, viewer=boss)
        phase = contest.phases[0]
        draft = PhaseDraft(phase.names, phase.starts_at, phase.ends_at, phase.reveal_at, **more)
        update_contest(
            session, contest, editor=boss, names=contest.names, summaries=contest.summaries, phases=[draft],
            added_problems=(), is_published=True,
        )  # fmt: skip


def released(cup: Cup, *numbers: int) -> list[float | None]:
    with cup.world.runtime.database.read() as session:
        found = dict(session.execute(select(Judgement.id, Judgement.released_score)).all())
        return [found[number] for number in numbers]


def test_a_board_with_a_ladder_ranks_by_what_was_released(cup: Cup) -> None:
    edit(cup, ladder=Ladder.FREE)
    made = [
        cup.submit("ada", 0.5, 0.4, rows=STEADY),
        cup.submit("ada", 0.505, 0.9, rows=OTHERS),  # better by less than the error of the difference
        cup.submit("bob", 0.503, 0.3, rows=STEADY),
        cup.submit("ada", None, None),
        cup.submit("ada", 0.75, 0.5, rows=OTHERS),
        cup.submit("ada", 0.99, 0.6),  # nobody can tell whether that is luck
    ]
    first, second, *_ = shown = released(cup, *made)
    assert first == second == pytest.approx(0.5, abs=0.005)
    assert shown[3] is None
    assert shown[4] == shown[5] == pytest.approx(0.75, abs=0.01)
    (top, low) = cup.page().rows
    assert (top.team_name.split("-")[0], top.score, low.score) == ("ada", shown[4], shown[2])
    assert (top.metrics, top.interval, top.tied) == ({}, None, None)
    # Private ones rank as they are.
    with cup.world.runtime.database.read() as session:
        private = select(LeaderboardEntry.score).where(LeaderboardEntry.board == "private")
        assert 0.9 in session.scalars(private).all()
    before = cup.table()
    with cup.world.runtime.database.transaction() as session:
        session.execute(delete(LeaderboardEntry))
        rebuild(session, contests.get_contest(session, cup.slug, viewer=None).phases[0])
    assert cup.table() == before


def test_another_ladder_decides_anew_and_none_shows_all(cup: Cup) -> None:
    made = [cup.submit("ada", score, rows=STEADY) for score in (0.5, 0.53, 0.7)]
    assert released(cup, *made) == [None, None, None]
    edit(cup, ladder=Ladder.STEP, ladder_step=0.0625)
    assert released(cup, *made) == [0.5, 0.5, 0.6875]
    assert cup.scores({}) == [[0.6875]]
    edit(cup, ladder=Ladder.OFF)
    assert cup.scores({}) == [[0.7]]
    for step in (None, 0.0, -1.0, float("inf")):
        with pytest.raises(InvalidInput):
            edit(cup, ladder=Ladder.STEP, ladder_step=step)


def test_judged_again_is_folded_in_the_order_of_old(cup: Cup) -> None:
    edit(cup, ladder=Ladder.STEP, ladder_step=0.125)
    made = [cup.submit("ada", score) for score in (0.5, 0.55, 0.75)]
    assert released(cup, *made) == [0.5, 0.5, 0.75]
    # The first is judged again, after all others: it was 0.25 all along.
    with cup.world.runtime.database.transaction() as session:
        old = session.get_one(Judgement, made[0])
        old.is_current = False
        session.flush()
        new = Judgement(
            submission_id=old.submission_id, problem_version_id=old.problem_version_id, queued_at=utc_now()
        )
        session.add(new)
        session.flush()
        again = new.id
    cup.settle(again, 0.25)
    assert released(cup, again, *made[1:]) == [0.25, 0.5, 0.75]


def test_merged_teams_climb_one_ladder(cup: Cup) -> None:
    edit(cup, ladder=Ladder.STEP, ladder_step=0.125)
    made = [cup.submit(*one) for one in (("ada", 0.5), ("bob", 0.625), ("ada", 0.25), ("bob", 0.875))]
    assert released(cup, *made) == [0.5, 0.625, 0.5, 0.875]
    with cup.world.runtime.database.transaction() as session:
        contest = contests.get_contest(session, cup.slug, viewer=None)
        into, other = (teams.solo_team(session, cup.people[name]).id for name in ("ada", "bob"))
        merging.merge(
            session, contest, actor=session.merge(cup.people["boss"]), into_id=into, from_id=other,
            name=f"both-{cup.slug}", now=utc_now(),
        )  # fmt: skip
    assert released(cup, *made) == [0.5, 0.5, 0.5, 0.875]
    assert cup.scores({}) == [[0.875]]


def test_tied_teams_are_told_on_the_board_and_intervals_are_stored(cup: Cup) -> None:
    for name, score, rows in (
        ("ada", 0.8, STEADY),
        ("bob", 0.79, OTHERS),  # not in step: no difference to speak of
        ("cyd", 0.78, STEADY),  # in step with the first: always lower
        ("dan", 0.3, None),
    ):
        cup.submit(name, score, rows=rows)
    rows = cup.page().rows
    assert [row.tied for row in rows] == [(1, 2), (1, 2), None, None]
    low, high = rows[0].interval
    assert high - low == pytest.approx(2 * 1.96 * 0.01, rel=0.02)
    assert rows[3].interval is None
    with cup.world.runtime.database.read() as session:
        entry = session.scalars(
            select(LeaderboardEntry).where(
                LeaderboardEntry.team_id == rows_team(session, cup, "ada"), LeaderboardEntry.board == "public"
            )
        ).one()
        (kept,) = replicates_of(session, [entry.judgement_id], "public").values()
        assert kept == pytest.approx([0.8 + row for row in STEADY])
        stored = session.scalars(select(Metric).where(Metric.judgement_id == entry.judgement_id)).all()
        assert {one.std_error is not None for one in stored} == {True}
        splits = select(Replicates.split).where(Replicates.judgement_id == entry.judgement_id)
        assert set(session.scalars(splits)) == {"public", "private"}


def rows_team(session, cup: Cup, name: str) -> int:
    return session.scalars(
        select(LeaderboardEntry.team_id).where(LeaderboardEntry.team.has(name=cup.people[name].username))
    ).first()
