"""Running a contest: rules, freeze, final results, who takes part, merges. The boards follow at once."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from judge.models import AuditEvent, Phase, Standing, Submission
from judge.models.words import Format, Policy
from judge.services import contest_editing, contests, entries, merging, selecting, standings, teams
from judge.services.boards import conducting
from judge.services.boards.conducting import PhaseRules
from judge.services.rejudgings import again
from scoring.formats import Scale
from tests.factories.cups import Cup
from tests.factories.worlds import World

_numbers = itertools.count(1)


@pytest.fixture
def cup(shared_world: World) -> Cup:
    slug = f"run{next(_numbers)}"
    boss = shared_world.person(role="organizer")
    shared_world.contest(slug, ["tiny-table"], owner=boss)
    made = Cup(shared_world, slug)
    made.people["boss"] = boss
    return made


def code_of(act) -> str:
    with pytest.raises((Conflict, PermissionDenied, NotFound, InvalidInput)) as caught:
        act()
    return caught.value.code


def run(cup: Cup, act, *arguments, who="boss", **more):
    """Call a service that takes the phase or the contest, as `who`."""
    with cup.world.runtime.database.transaction() as session:
        contest = contests.get_contest(session, cup.slug, viewer=None)
        of = (
            contest.phases[0]
            if act.__module__.endswith("conducting") and act.__name__ != "set_format"
            else contest
        )
        return act(session, of, *arguments, actor=cup.person(who), **more)


def team_id(cup: Cup, name: str) -> int:
    with cup.world.runtime.database.read() as session:
        return teams.solo_team(session, cup.person(name)).id


def seen(cup: Cup, who: str, split="public", **more):
    page = cup.page(viewer=cup.person(who), split=split, **more)
    return [row.score for row in page.rows], page.is_frozen, page.split


def is_rebuilt(cup: Cup) -> bool:
    """Whether computing all anew changes nothing."""
    before = cup.table()
    cup.change()
    return cup.table() == before


def test_a_frozen_board_stays_until_it_is_thawed(cup: Cup) -> None:
    cup.submit("ada", 0.5, 0.1)
    assert code_of(lambda: run(cup, conducting.thaw, now=utc_now())) == "not-frozen"
    run(cup, conducting.freeze, now=utc_now())
    cup.submit("bob", 0.9, 0.2)
    cup.submit("ada", 0.7, 0.3)
    late = utc_now() + timedelta(hours=3)
    assert seen(cup, "bob") == ([0.5], True, "public")
    assert seen(cup, "boss") == ([0.9, 0.7], False, "public")
    assert seen(cup, "bob", "private", now=late) == ([0.5], True, "public")  # nothing shows before the thaw
    assert code_of(lambda: run(cup, conducting.thaw, who="ada", now=utc_now())) == "contest-not-yours"
    run(cup, conducting.thaw, now=utc_now())
    assert seen(cup, "bob") == ([0.9, 0.7], False, "public")
    assert seen(cup, "bob", "private", now=late) == ([0.3, 0.2], False, "private")
    assert is_rebuilt(cup)
    run(cup, conducting.set_phase_rules, PhaseRules(Policy.LAST, 3, None))
    assert len(cup.table("frozen")) == 0
    bad = PhaseRules(freeze_at=utc_now() + timedelta(days=9))
    assert code_of(lambda: run(cup, conducting.set_phase_rules, bad)) == "invalid-input"


def test_final_results_do_not_move(cup: Cup) -> None:
    number = cup.submit("ada", 0.5, 0.25)
    open_one = cup.hand_in("bob")
    failed = cup.submit("cyd", None, verdict="JE")
    finalize = lambda: run(cup, conducting.finalize, now=utc_now())  # noqa: E731
    assert code_of(finalize) == "phase-not-over"
    with cup.world.runtime.database.transaction() as session:
        contest = contests.get_contest(session, cup.slug, viewer=None)
        contest.phases[0].ends_at = utc_now()
        contest.phases[0].reveal_at = utc_now() + timedelta(days=1)
    assert code_of(finalize) == "still-judging"
    cup.settle(open_one, 0.4)
    assert seen(cup, "ada", "private")[2] == "public"
    finalize()
    assert seen(cup, "ada", "private") == ([0.4, 0.25], False, "private")
    assert cup.page().is_final
    before = cup.table()
    ada = team_id(cup, "ada")
    for act in (
        finalize,
        lambda: run(cup, conducting.set_phase_rules, PhaseRules(Policy.LAST)),
        lambda: run(cup, conducting.set_format, Format.SUM, {}),
        lambda: run(cup, entries.disqualify, ada, now=utc_now(), reason="late"),
        lambda: run(cup, merging.merge, into_id=ada, from_id=team_id(cup, "bob"), now=utc_now()),
        lambda: _judge_again(cup, failed),
    ):
        assert code_of(act) == "results-final"
    cup.submit("ada", 0.99)  # settled late: on record, on no board
    assert cup.table() == before
    assert code_of(lambda: run(cup, conducting.reopen)) == "admins-only"
    cup.people["root"] = cup.world.person(role="admin")
    run(cup, conducting.reopen, who="root")
    assert number
    run(cup, entries.disqualify, ada, now=utc_now(), reason="late")
    assert [name for _, name in cup.names()] == ["bob"]


def _judge_again(cup: Cup, judgement_id: int) -> None:
    with cup.world.runtime.database.transaction() as session:
        submission = session.scalars(
            select(Submission).join(Submission.judgements).where(Submission.judgements.any(id=judgement_id))
        ).first()
        again.judge_again(session, submission, actor=cup.person("boss"), now=utc_now())


def test_who_takes_part_how(cup: Cup) -> None:
    for name, score in (("ada", 0.9), ("bob", 0.8), ("cyd", 0.7)):
        cup.submit(name, score)
    ada, bob, cyd = (team_id(cup, name) for name in ("ada", "bob", "cyd"))
    assert code_of(lambda: run(cup, entries.disqualify, ada, now=utc_now(), reason=" ")) == "invalid-input"
    run(cup, entries.disqualify, ada, now=utc_now(), reason="shared an account")
    assert cup.names() == [(1, "bob"), (2, "cyd")]
    waiting = cup.hand_in("ada")
    cup.settle(waiting, 0.99)  # in the middle: what was under way is judged, and ranks nowhere
    assert cup.names() == [(1, "bob"), (2, "cyd")]
    run(cup, entries.reinstate, ada)
    assert cup.names()[0] == (1, "ada")
    assert code_of(lambda: run(cup, entries.withdraw, bob, who="ada", now=utc_now())) == "captains-only"
    run(cup, entries.withdraw, bob, who="bob", now=utc_now())
    assert cup.names() == [(1, "ada"), (2, "cyd")]
    with pytest.raises(PermissionDenied):
        cup.world.submit(cup.person("bob"), contest_slug=cup.slug)
    run(cup, entries.set_kind, ada, entries.EntryKind.BASELINE)
    assert cup.names() == [(None, "ada"), (1, "cyd")]
    run(cup, entries.create_track, slug="new", names={"en": "New", "zh": "新"}, eligibility={})
    run(cup, entries.set_tracks, cyd, ["new"])
    assert cup.names(track="new") == [(1, "cyd")]
    assert code_of(lambda: cup.names(track="old")) == "track-not-found"
    run(cup, entries.set_tracks, cyd, [])
    assert cup.names(track="new") == []
    assert is_rebuilt(cup)
    with cup.world.runtime.database.read() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
    assert actions >= {"entry.disqualified", "entry.reinstated", "entry.withdrawn", "entry.tracks-set"}


def test_teams_merge_with_all_they_handed_in(cup: Cup) -> None:
    for name, score in (("ada", 0.5), ("ada", 0.6), ("bob", 0.7), ("cyd", 0.65)):
        cup.submit(name, score)
    under_way = cup.hand_in("bob")
    ada, bob, cyd = (team_id(cup, name) for name in ("ada", "bob", "cyd"))
    same = lambda: run(cup, merging.merge, into_id=ada, from_id=ada, now=utc_now())  # noqa: E731
    assert code_of(same) == "invalid-input"
    name = f"both-{cup.slug}-{cup.world.runtime.database.is_sqlite}"
    merged = run(cup, merging.merge, into_id=ada, from_id=bob, name=name, now=utc_now())
    assert [(row.team_name, row.score, row.n_submissions) for row in cup.page().rows] == [
        (name, 0.7, 3),
        (cup.person("cyd").username, 0.65, 1),
    ]
    cup.settle(under_way, 0.9)
    assert cup.scores({}) == [[0.9, 0.65]]
    run(cup, merging.merge, into_id=merged.id, from_id=cyd, now=utc_now())
    assert [(row.score, row.n_submissions) for row in cup.page().rows] == [(0.9, 5)]
    assert is_rebuilt(cup)
    for person in ("ada", "bob", "cyd"):
        assert cup.page(viewer=cup.person(person)).rows[0].is_own
        with cup.world.runtime.database.read() as session:
            contest = contests.get_contest(session, cup.slug, viewer=None)
            assert contests.find_entered_team(session, contest, cup.person(person)).id == merged.id
    assert code_of(lambda: run(cup, entries.withdraw, ada, now=utc_now())) == "entry-not-found"


def test_a_team_chooses_its_final_submissions(cup: Cup) -> None:
    made = [cup.submit("ada", *scores) for scores in ((0.9, 0.1), (0.8, 0.7), (0.5, 0.6))]

    def choose(number, is_selected=True, who="ada"):
        account = cup.person(who)
        with cup.world.runtime.database.transaction() as session:
            submission = session.scalars(
                select(Submission).where(Submission.judgements.any(id=made[number]))
            ).one()
            selecting.choose(session, submission, is_selected=is_selected, account=account, now=utc_now())

    later = {"now": utc_now() + timedelta(hours=2), "split": "private"}
    assert code_of(lambda: choose(2)) == "selection-not-used"
    run(cup, conducting.set_phase_rules, PhaseRules(Policy.SELECTED, 1))
    assert cup.scores({}, later) == [[0.9], [0.1]]
    choose(2)
    choose(2)
    assert cup.scores({}, later) == [[0.9], [0.6]]
    assert code_of(lambda: choose(1)) == "selection-full"
    assert code_of(lambda: choose(2, who="bob")) == "team-not-found"
    choose(2, is_selected=False)
    choose(1)
    assert cup.scores({}, later) == [[0.9], [0.7]]
    with cup.world.runtime.database.transaction() as session:
        contest = contests.get_contest(session, cup.slug, viewer=None)
        session.execute(update(Phase).where(Phase.contest_id == contest.id).values(ends_at=utc_now()))
    assert code_of(lambda: choose(1, is_selected=False)) == "selection-closed"
    assert is_rebuilt(cup)


def test_problems_add_up(cup: Cup) -> None:
    def page(who="ada", **more):
        with cup.world.runtime.database.read() as session:
            contest = contests.get_contest(session, cup.slug, viewer=None)
            return standings.page(
                session, phase=contest.phases[0], now=utc_now(), viewer=cup.person(who), **more
            )

    cup.submit("ada", 0.5)
    cup.submit("bob", 0.75)
    assert code_of(page) == "no-standings"
    nothing = {"tiny-table": Scale(1.0, 1.0)}
    assert code_of(lambda: run(cup, conducting.set_format, Format.SUM, nothing)) == "invalid-input"
    assert code_of(lambda: run(cup, conducting.set_format, Format.SUM, {"x": Scale()})) == "invalid-input"
    run(cup, conducting.set_format, Format.SUM, {"tiny-table": Scale(0.5, 1.0, 40.0)})
    assert [(row.rank, row.total, row.is_own) for row in page().rows] == [(1, 20.0, False), (2, 0.0, True)]
    cup.submit("ada", 1.0)
    assert page().rows[0].cells == {"tiny-table": {"points": 40.0, "score": 1.0, "late_factor": 1.0}}
    assert (page().own.rank, page("bob").own.position) == (1, 1)
    run(cup, conducting.freeze, now=utc_now())
    cup.submit("bob", 1.0)
    assert [row.total for row in page().rows] == [40.0, 20.0]
    assert [row.total for row in page("boss").rows] == [40.0, 40.0]
    run(cup, entries.disqualify, team_id(cup, "ada"), now=utc_now(), reason="x")
    assert [row.total for row in page("boss", limit=1).rows] == [40.0]
    run(cup, conducting.set_format, Format.ICPC, {})
    assert [(row.total, row.penalty) for row in page("boss").rows] == [(1.0, 60)]
    with cup.world.runtime.database.read() as session:
        before = sorted(session.execute(select(Standing.team_id, Standing.board, Standing.order_key)))
    cup.change()
    with cup.world.runtime.database.read() as session:
        assert sorted(session.execute(select(Standing.team_id, Standing.board, Standing.order_key))) == before


def test_minutes_count_from_the_start_as_it_is_now(cup: Cup) -> None:
    cup.settle(cup.hand_in("a"), 1.0)
    run(cup, conducting.set_format, Format.ICPC, {"tiny-table": Scale(0.0, 1.0, 1.0)})

    def penalty() -> int:
        with cup.world.runtime.database.read() as session:
            phase = contests.get_contest(session, cup.slug, viewer=None).phases[0]
            return standings.page(session, phase=phase, now=utc_now()).rows[0].penalty

    before = penalty()
    with cup.world.runtime.database.transaction() as session:
        phase = contests.get_contest(session, cup.slug, viewer=None).phases[0]
        earlier = {"starts_at": phase.starts_at - timedelta(minutes=90)}
        contest_editing.update_phase(session, phase, earlier, editor=cup.person("boss"))
        with pytest.raises(PermissionDenied):
            contest_editing.update_phase(session, phase, earlier, editor=cup.person("a"))
    assert penalty() == before + 90
    assert cup.change() == []
