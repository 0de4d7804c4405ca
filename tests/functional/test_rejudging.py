"""Rejudgings on both databases: beside the old results, then in their place, or gone without a trace."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, LeaseLost, NotFound, PermissionDenied
from judge.models import (
    Account,
    AuditEvent,
    Contest,
    Judgement,
    LeaderboardEntry,
    Metric,
    Phase,
    Problem,
    Rejudging,
    Submission,
)
from judge.models.words import Format, State, Verdict
from judge.services import (
    contests,
    entries,
    judgements,
    leaderboards,
    reaping,
    seating,
    standings,
    submissions,
    teams,
)
from judge.services.boards import conducting
from judge.services.quota import quota_left
from judge.services.rejudgings import again, applying, history, life, preview, ranks
from judge.services.rejudgings.selection import Selection
from judge.services.results import JudgementResult
from judge.services.seating import Place
from problems.loader import load
from scoring.contract import MetricValue
from scoring.formats import Scale
from tests.factories.packages import predictions_package
from tests.factories.worlds import World

WHY = {"en": "Row 17 had the wrong label.", "zh": "第 17 行的标签有误。"}
PLACE = Place("w1")
# Rules that no database decides.
ON_ONE_DATABASE = pytest.mark.parametrize("runtime", ["sqlite"], indirect=True)


def scored(
    score: float | None, verdict: Verdict = Verdict.AC, *, key: str = "roc_auc", is_up: bool = True
) -> JudgementResult:
    values = (("public", score), ("private", score))
    return JudgementResult(
        verdict=verdict,
        score=score,
        score_private=score,
        metrics=tuple(MetricValue(key=key, split=s, value=v, higher_is_better=is_up) for s, v in values),
    )


class Cup:
    """A contest with judged submissions, and its organizer."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        world.publish(predictions_package(folder))
        self.boss = world.person("boss", role="organizer")
        world.contest("cup", ["tiny-table"], owner=self.boss, quota=50)

    def judged(self, person: Account, result: JudgementResult) -> Submission:
        submission = self.world.submit(person, contest_slug="cup")
        self.settle(submission.judgements[-1].id, result)
        return submission

    def settle(self, judgement_id: int, result: JudgementResult) -> None:
        held = self.world.try_claim(judgement_id)
        assert held is not None
        with self.world.runtime.database.transaction() as session:
            judgements.settle(session, held, result, utc_now())

    def begin(self, **narrowing: object) -> Rejudging:
        with self.world.runtime.database.transaction() as session:
            contest = contests.get_contest(session, "cup", viewer=self.boss)
            return life.begin(
                session,
                contest,
                selection=Selection(**narrowing),
                reasons=WHY,
                actor=self.boss,
                now=utc_now(),
            )

    def news(self, rejudging: Rejudging) -> list[Judgement]:
        with self.world.runtime.database.read() as session:
            query = select(Judgement).where(Judgement.rejudging_id == rejudging.id).order_by(Judgement.id)
            return list(session.scalars(query))

    def finish(self, rejudging: Rejudging, *results: JudgementResult) -> None:
        for new, result in zip(self.news(rejudging), results, strict=False):
            self.settle(new.id, result)

    def apply(self, rejudging: Rejudging, *, is_partial: bool = False) -> applying.Applied:
        with self.world.runtime.database.transaction() as session:
            found = life.get_rejudging(session, rejudging.id, viewer=self.boss)
            return applying.apply(session, found, actor=self.boss, now=utc_now(), is_partial=is_partial)

    def discard(self, rejudging: Rejudging) -> None:
        with self.world.runtime.database.transaction() as session:
            found = life.get_rejudging(session, rejudging.id, viewer=self.boss)
            life.discard(session, found, actor=self.boss, now=utc_now())

    def board(self) -> list[tuple[str, float]]:
        with self.world.runtime.database.read() as session:
            page = leaderboards.page(
                session,
                contest=contests.get_contest(session, "cup", viewer=None),
                problem=session.scalars(select(Problem).where(Problem.slug == "tiny-table")).one(),
                now=utc_now(),
            )
            return [(row.team_name, row.score) for row in page.rows]

    def current(self, submission: Submission) -> Judgement:
        with self.world.runtime.database.read() as session:
            return submissions.current_judgement(session, submission)


@pytest.fixture
def cup(world: World, tmp_path: Path) -> Cup:
    return Cup(world, tmp_path)


def test_a_rejudging_is_looked_at_before_it_counts(cup: Cup) -> None:
    ada, bob = cup.world.person("ada"), cup.world.person("bob")
    first = cup.judged(ada, scored(0.9))
    cup.judged(bob, scored(0.8))
    failed = cup.judged(bob, scored(None, Verdict.PE))
    cup.world.publish(predictions_package(cup.folder / "newer", version="1.1.0"))
    rejudging = cup.begin(problem="tiny-table", version="1.1.0")
    assert (rejudging.n_selected, rejudging.skipped, rejudging.state) == (3, {}, "open")
    with cup.world.runtime.database.read() as session:
        assert preview.progress(session, rejudging).n_queued == 3
    cup.finish(rejudging, scored(0.7), scored(0.8), scored(0.6))
    # Nothing that contestants see has moved.
    assert cup.board() == [("ada", 0.9), ("bob", 0.8)]
    assert cup.current(first).score == 0.9
    with cup.world.runtime.database.read() as session:
        found = session.get_one(Rejudging, rejudging.id)
        progress = preview.progress(session, found)
        assert (progress.n_done, progress.n_changed, progress.is_finished) == (3, 2, True)
        cells = {(cell.old, cell.new): cell.n for cell in preview.matrix(session, found)}
        assert cells == {("AC", "AC"): 2, ("PE", "AC"): 1}
        changed = preview.changes(session, found)
        assert [change.submission.id for change in changed] == [first.id, failed.id]
        assert changed[0].public.delta == pytest.approx(-0.2)
        assert (changed[0].public.is_better, changed[1].public.delta) == (False, None)
        assert len(preview.changes(session, found, is_all=True)) == 3
        assert len(preview.changes(session, found, old_verdict="PE", new_verdict="AC")) == 1
        assert len(preview.changes(session, found, after_id=changed[0].new.id)) == 1
        assert history.list_applied(session, first, viewer=cup.boss, now=utc_now()) == []
        moved = ranks.rank_changes(session, found)
        told = {(one.board, one.team): (one.old_rank, one.new_rank, one.new_score) for one in moved.shown}
        assert moved.n_total == 4
        for split in ("public", "private"):
            assert (told[split, "ada"], told[split, "bob"]) == ((1, 2, 0.7), (2, 1, 0.8))
        assert ranks.rank_changes(session, found, limit=1).n_total == 4
    applied = cup.apply(rejudging)
    assert applied == applying.Applied(3)
    assert cup.board() == [("bob", 0.8), ("ada", 0.7)]
    with cup.world.runtime.database.read() as session:
        n_current = select(func.count()).select_from(Judgement).where(Judgement.is_current)
        assert session.scalar(n_current) == 3
        (told,) = history.list_applied(session, first, viewer=ada, now=utc_now())
        assert (told.public.old, told.public.new, told.private) == (0.9, 0.7, None)
        assert (told.reasons, told.old.problem_version, told.new.problem_version) == (WHY, "1.0.0", "1.1.0")
        later = first.phase.ends_at + timedelta(seconds=1)
        for viewer, now in ((cup.boss, utc_now()), (ada, later)):
            (seen,) = history.list_applied(session, first, viewer=viewer, now=now)
            assert seen.private.new == 0.7
        acts = session.scalars(select(AuditEvent.action).where(AuditEvent.actor_id == cup.boss.id)).all()
        assert [act for act in acts if act.startswith(("rejudging", "judgement"))] == [
            "rejudging.begun",
            "rejudging.applied",
            *["judgement.replaced"] * 3,
        ]
    for act in (cup.apply, cup.discard):
        with pytest.raises(Conflict) as caught:
            act(rejudging)
        assert caught.value.code == "rejudging-closed"


def test_a_discarded_rejudging_leaves_no_trace(cup: Cup) -> None:
    submission = cup.judged(cup.world.person("ada"), scored(0.9))
    cup.judged(cup.world.person("bob"), scored(0.8))
    rejudging = cup.begin()
    running = cup.world.try_claim(cup.news(rejudging)[0].id)
    cup.discard(rejudging)
    assert cup.board() == [("ada", 0.9), ("bob", 0.8)]
    assert {new.state for new in cup.news(rejudging)} == {"cancelled"}
    with pytest.raises(LeaseLost), cup.world.runtime.database.transaction() as session:
        judgements.settle(session, running, scored(0.1), utc_now())
    with cup.world.runtime.database.read() as session:
        assert history.list_applied(session, submission, viewer=cup.boss, now=utc_now()) == []
        assert session.get_one(Rejudging, rejudging.id).outcome == {"n_applied": 0, "n_cancelled": 2}
        assert seating.next_queued(session, place=PLACE, now=utc_now()) is None


def test_what_is_not_finished_or_went_wrong_is_not_taken_over(cup: Cup) -> None:
    people = [cup.world.person() for _ in range(4)]
    made = [cup.judged(person, scored(0.5)) for person in people[:3]]
    made.append(cup.judged(people[3], scored(None, Verdict.JE)))
    rejudging = cup.begin()
    news = cup.news(rejudging)

    def refused() -> str:
        with pytest.raises(Conflict) as caught:
            cup.apply(rejudging)
        return caught.value.code

    assert refused() == "rejudging-unfinished"
    cup.settle(news[0].id, scored(0.6))
    cup.settle(news[1].id, scored(None, Verdict.JE))
    assert cup.current(made[1]).verdict == "AC"  # nor is anybody's quota given back for it
    with cup.world.runtime.database.read() as session:
        assert session.get_one(Submission, made[1].id).is_charged
    cup.settle(news[2].id, scored(0.7))
    # The fourth is judged again meanwhile, as organizers do after a judge error of the usual kind.
    with cup.world.runtime.database.transaction() as session:
        last = session.get_one(Submission, made[3].id)
        other = again.judge_again(session, last, actor=cup.boss, now=utc_now())
    cup.settle(other.id, scored(0.4))
    cup.settle(news[3].id, scored(0.3))
    assert refused() == "rejudging-has-judge-errors"
    assert cup.apply(rejudging, is_partial=True) == applying.Applied(2, 0, n_failed=1, n_overtaken=1)
    assert [cup.current(one).score for one in made] == [0.6, 0.5, 0.7, 0.4]
    assert sorted(score for _, score in cup.board()) == [0.4, 0.5, 0.6, 0.7]


@ON_ONE_DATABASE
def test_final_results_stay(cup: Cup) -> None:
    submission = cup.judged(cup.world.person("ada"), scored(0.9))
    rejudging = cup.begin()
    cup.finish(rejudging, scored(0.4))
    with cup.world.runtime.database.transaction() as session:
        session.get_one(Phase, submission.phase_id).finalized_at = utc_now()
    for is_partial in (False, True):
        with pytest.raises(Conflict) as caught:
            cup.apply(rejudging, is_partial=is_partial)
        assert caught.value.code == "results-final"
    cup.discard(rejudging)
    with pytest.raises(InvalidInput) as refused:
        cup.begin()
    assert refused.value.params["final"] == 1
    assert cup.board() == [("ada", 0.9)]


@pytest.mark.parametrize("format", ["sum", "icpc", "ioi"])
def test_overall_ranks_and_tracks_change_as_the_preview_says(cup: Cup, format: str) -> None:
    ada, bob, eve = (cup.world.person(name) for name in ("ada", "bob", "eve"))
    for person, score in ((ada, 0.9), (bob, 0.8), (eve, 0.4)):
        cup.judged(person, scored(score))
    with cup.world.runtime.database.transaction() as session:
        contest = contests.get_contest(session, "cup", viewer=None)
        entries.create_track(
            session, contest, slug="new", names={"en": "New", "zh": "新"}, eligibility={}, actor=cup.boss
        )
        for person in (bob, eve):
            team = teams.solo_team(session, session.merge(person))
            entries.set_tracks(session, contest, team.id, ["new"], actor=cup.boss)
        scale = {"tiny-table": Scale(0.0, 0.85, 10.0)}
        conducting.set_format(session, contest, Format(format), scale, actor=cup.boss)

    def standing() -> dict[tuple[str, str], dict[str, int]]:
        places = {}
        with cup.world.runtime.database.read() as session:
            phase = contests.get_contest(session, "cup", viewer=None).phases[0]
            for track in ("", "new"):
                page = standings.page(session, phase=phase, track=track, now=utc_now(), viewer=cup.boss)
                places[track] = {row.team_name: row.rank for row in page.rows}
        return places

    before = standing()
    rejudging = cup.begin(problem="tiny-table")
    cup.finish(rejudging, scored(0.1, Verdict.WA), scored(0.2, Verdict.WA), scored(0.86))
    with cup.world.runtime.database.read() as session:
        moved = ranks.rank_changes(session, session.get_one(Rejudging, rejudging.id))
    overall = {
        (one.track, one.team): (one.old_rank, one.new_rank)
        for one in moved.shown
        if one.problem is None and one.board == "public"
    }
    assert standing() == before
    cup.apply(rejudging)
    after = standing()
    assert after != before
    assert overall == {
        (track, team): (before[track][team], rank)
        for track, places in after.items()
        for team, rank in places.items()
        if before[track][team] != rank
    }


@ON_ONE_DATABASE
def test_a_lower_is_better_metric_ranks_the_right_way_before_it_counts(cup: Cup) -> None:
    people = [cup.world.person(name) for name in ("ada", "bob", "eve")]
    for person, score in zip(people, (0.9, 0.8, 0.7), strict=True):
        cup.judged(person, scored(score))
    manifest = cup.folder / "newer" / "tiny-table" / "problem.yaml"
    predictions_package(cup.folder / "newer", version="2.0.0")
    manifest.write_text(manifest.read_text().replace("primary: roc_auc", "primary: log_loss"))
    cup.world.publish(load(manifest.parent))
    rejudging = cup.begin()
    cup.finish(rejudging, *[scored(loss, key="log_loss", is_up=False) for loss in (3.0, 2.0, 1.0)])
    assert [name for name, _ in cup.board()] == ["ada", "bob", "eve"]
    with cup.world.runtime.database.read() as session:
        moved = ranks.rank_changes(session, session.get_one(Rejudging, rejudging.id))
        public = {one.team: (one.old_rank, one.new_rank) for one in moved.shown if one.board == "public"}
    assert public == {"ada": (1, 3), "eve": (3, 1)}
    cup.apply(rejudging)
    assert cup.board() == [("eve", 1.0), ("bob", 2.0), ("ada", 3.0)]


@ON_ONE_DATABASE
def test_overtaken_results_are_refused(cup: Cup) -> None:
    submission = cup.judged(cup.world.person(), scored(None, Verdict.JE))
    rejudging = cup.begin()
    with cup.world.runtime.database.transaction() as session:
        found = session.get_one(Submission, submission.id)
        other = again.judge_again(session, found, actor=cup.boss, now=utc_now())
    cup.settle(other.id, scored(0.4))
    cup.finish(rejudging, scored(0.9))
    with pytest.raises(Conflict) as caught:
        cup.apply(rejudging)
    assert caught.value.code == "rejudging-overtaken"
    assert cup.current(submission).score == 0.4


def test_what_is_selected_and_what_is_left_out(cup: Cup) -> None:
    ada, bob = cup.world.person(), cup.world.person()
    first = cup.judged(ada, scored(0.9))
    second = cup.judged(bob, scored(None, Verdict.PE))
    cup.world.submit(bob, contest_slug="cup")  # waits still
    cases: list[tuple[dict[str, object], int]] = [
        ({"verdicts": ("AC",)}, 1),
        ({"submissions": (first.public_id, second.public_id)}, 2),
        ({"teams": (ada.username.upper(),)}, 1),
        ({"since": second.submitted_at}, 1),
        ({"until": second.submitted_at}, 1),
        ({"phase": 0, "judged_by": "1.0.0", "problem": "tiny-table"}, 2),
    ]
    for narrowing, n in cases:
        rejudging = cup.begin(**narrowing)
        assert rejudging.n_selected == n, narrowing
        cup.discard(rejudging)
    rejudging = cup.begin(verdicts=("PE",))
    rest = cup.begin()
    with cup.world.runtime.database.transaction() as session:
        session.get_one(Submission, first.id).is_smoke = True
    cup.discard(rest)
    with pytest.raises(InvalidInput):
        cup.begin(verdicts=("AC",))
    with cup.world.runtime.database.transaction() as session:
        session.get_one(Submission, first.id).is_smoke = False
    rest = cup.begin()
    assert (rest.n_selected, rest.skipped) == (1, {"open": 1, "unfinished": 1})
    wrong: list[tuple[dict[str, object], str]] = [
        ({}, "nothing-selected"),
        ({"verdicts": ("TLE",)}, "nothing-selected"),
        ({"verdicts": ("XX",)}, "invalid-input"),
        ({"version": "1.0.0"}, "invalid-input"),
        ({"problem": "nowhere"}, "invalid-input"),
        ({"phase": 7}, "invalid-input"),
        ({"submissions": ("0" * 26,)}, "unknown-selection"),
        ({"teams": ("nobody",)}, "unknown-selection"),
        ({"rejudging": rejudging.id}, "rejudging-open"),
        ({"since": second.submitted_at, "until": first.submitted_at}, "invalid-input"),
    ]
    for narrowing, code in wrong:
        with pytest.raises(InvalidInput) as caught:
            cup.begin(**narrowing)
        assert caught.value.code == code, narrowing
    for narrowing in ({"rejudging": 4711}, {"problem": "tiny-table", "version": "9.9.9"}):
        with pytest.raises(NotFound):
            cup.begin(**narrowing)


@ON_ONE_DATABASE
def test_only_who_runs_the_contest_may(cup: Cup) -> None:
    cup.judged(cup.world.person(), scored(0.9))
    rejudging = cup.begin()
    other = cup.world.person(role="organizer")
    with cup.world.runtime.database.transaction() as session:
        with pytest.raises(NotFound):
            life.get_rejudging(session, rejudging.id, viewer=other)
        assert life.list_rejudgings(session, viewer=other) == []
        assert [one.id for one in life.list_rejudgings(session, viewer=cup.boss)] == [rejudging.id]
        contest = session.scalars(select(Contest).where(Contest.slug == "cup")).one()
        with pytest.raises(PermissionDenied):
            life.begin(session, contest, selection=Selection(), reasons=WHY, actor=other, now=utc_now())
        found = session.get_one(Rejudging, rejudging.id)
        for act in (applying.apply, life.discard):
            with pytest.raises(PermissionDenied):
                act(session, found, actor=other, now=utc_now())
        with pytest.raises(InvalidInput):
            life.begin(session, contest, selection=Selection(), reasons={}, actor=cup.boss, now=utc_now())


@ON_ONE_DATABASE
def test_a_rejudge_of_a_rejudge_goes_back_to_an_older_version(cup: Cup) -> None:
    ada = cup.world.person("ada")
    submission = cup.judged(ada, scored(0.9))
    cup.world.publish(predictions_package(cup.folder / "newer", version="1.1.0"))
    forth = cup.begin()
    cup.finish(forth, scored(0.2))
    cup.apply(forth)
    back = cup.begin(rejudging=forth.id, problem="tiny-table", version="1.0.0", judged_by="1.1.0")
    cup.finish(back, scored(0.9))
    cup.apply(back)
    assert cup.board() == [("ada", 0.9)]
    with cup.world.runtime.database.read() as session:
        told = history.list_applied(session, submission, viewer=ada, now=utc_now())
        assert [(one.public.old, one.public.new) for one in told] == [(0.9, 0.2), (0.2, 0.9)]
        assert [one.new.problem_version for one in told] == ["1.1.0", "1.0.0"]
        quota = quota_left(
            session, phase=submission.phase, problem=submission.problem, team=submission.team, now=utc_now()
        )
    assert quota.used_today == 1


@ON_ONE_DATABASE
def test_a_metric_that_got_another_name_is_not_compared(cup: Cup) -> None:
    submission = cup.judged(cup.world.person("ada"), scored(0.9))
    package = predictions_package(cup.folder / "newer", version="2.0.0")
    manifest = cup.folder / "newer" / "tiny-table" / "problem.yaml"
    renamed = manifest.read_text().replace("primary: roc_auc", "primary: log_loss")
    manifest.write_text(renamed.replace("leaderboard: {columns: [log_loss]}\n", ""))
    assert package.spec.version == "2.0.0"
    cup.world.publish(load(manifest.parent))
    rejudging = cup.begin()
    cup.finish(rejudging, scored(0.3, key="log_loss"))
    with cup.world.runtime.database.read() as session:
        (change,) = preview.changes(session, session.get_one(Rejudging, rejudging.id))
        assert (change.old_metric, change.new_metric) == ("roc_auc", "log_loss")
        assert (change.public.old, change.public.new) == (0.9, 0.3)
        assert (change.public.delta, change.public.is_better) == (None, None)
    cup.apply(rejudging)
    assert cup.board() == [("ada", 0.3)]
    assert cup.current(submission).problem_version_id != submission.judgements[0].problem_version_id


def test_live_submissions_go_first_and_do_not_see_rejudgings_in_the_queue(cup: Cup) -> None:
    ada = cup.world.person()
    for _ in range(3):
        cup.judged(ada, scored(0.5))
    rejudging = cup.begin()
    news = cup.news(rejudging)
    live = cup.world.submit(ada, contest_slug="cup")
    live_id = live.judgements[-1].id
    only_live = Place("w1", takes_rejudgings=False)
    with cup.world.runtime.database.transaction() as session:
        now = utc_now()
        assert seating.next_queued(session, place=PLACE, now=now) == live_id
        assert submissions.queue_position(session, session.get_one(Judgement, live_id)) == 1
        assert seating.take(session, news[0].id, place=only_live, now=now, lease_s=9) is None
        assert seating.take(session, live_id, place=only_live, now=now, lease_s=9) is not None
        assert seating.next_queued(session, place=only_live, now=now) is None
        assert seating.next_queued(session, place=PLACE, now=now) == news[0].id
        rings = life.rings_of(session, session.get_one(Rejudging, rejudging.id), now=now)
        assert [ring.judgement_id for ring in rings] == [new.id for new in news]
        assert reaping.list_unheard(session, now=now, after_s=5) == []
        later = now + timedelta(seconds=6)
        assert reaping.is_anything_to_reap(session, now=later, after_s=5)
        heard = reaping.list_unheard(session, now=later, after_s=5)
        assert [place.judgement_id for place in heard] == [new.id for new in news]
        assert not any(place.is_current for place in heard)
        assert not reaping.is_anything_to_reap(session, now=later, after_s=5)


@ON_ONE_DATABASE
def test_a_rejudging_given_up_costs_nobody_anything(cup: Cup) -> None:
    submission = cup.judged(cup.world.person("ada"), scored(0.9))
    rejudging = cup.begin()
    (new,) = cup.news(rejudging)
    assert cup.world.try_claim(new.id, lease_s=-1) is not None
    with cup.world.runtime.database.transaction() as session:
        expired = reaping.expire(session, now=utc_now(), max_attempts=1)
        assert [place.is_current for place in expired.given_up] == [False]
    with cup.world.runtime.database.read() as session:
        assert session.get_one(Submission, submission.id).is_charged
    assert cup.board() == [("ada", 0.9)]
    assert cup.news(rejudging)[0].verdict == "JE"


def test_applying_while_live_ones_settle_leaves_exact_boards(cup: Cup) -> None:
    people = [cup.world.person() for _ in range(4)]
    for person in people:
        cup.judged(person, scored(0.5))
    rejudging = cup.begin()
    cup.finish(rejudging, *[scored(0.4)] * 4)
    claims = [
        cup.world.claim(cup.world.submit(person, contest_slug="cup")) for person in people for _ in range(2)
    ]
    barrier = threading.Barrier(len(claims) + 1)

    def settle(number: int) -> None:
        barrier.wait()
        with cup.world.runtime.database.transaction() as session:
            judgements.settle(session, claims[number], scored(0.1 + number / 100), utc_now())

    def decide() -> None:
        barrier.wait()
        assert cup.apply(rejudging).n_applied == 4

    with ThreadPoolExecutor(len(claims) + 1) as pool:
        futures = [pool.submit(settle, number) for number in range(len(claims))]
        futures.append(pool.submit(decide))
        for future in futures:
            future.result()
    assert [score for _, score in cup.board()] == [0.4] * 4
    with cup.world.runtime.database.read() as session:
        states = select(Judgement.is_current, Judgement.state, func.count())
        counted = session.execute(states.group_by(Judgement.is_current, Judgement.state)).all()
        assert sorted(counted) == [(False, "done", 4), (True, "done", 12)]
        entries = session.scalars(select(LeaderboardEntry.judgement_id)).all()
        current = set(session.scalars(select(Judgement.id).where(Judgement.is_current)))
        assert set(entries) <= current
        assert session.scalar(select(func.count()).select_from(Metric)) == 32


def test_two_who_decide_at_once_decide_once(cup: Cup) -> None:
    cup.judged(cup.world.person("ada"), scored(0.5))
    rejudging = cup.begin()
    cup.finish(rejudging, scored(0.4))
    barrier = threading.Barrier(4)

    def decide(number: int) -> str:
        barrier.wait()
        try:
            (cup.apply if number % 2 else cup.discard)(rejudging)
        except Conflict as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(decide, range(4)))
    assert said == ["done", *["rejudging-closed"] * 3]
    with cup.world.runtime.database.read() as session:
        state = session.get_one(Rejudging, rejudging.id).state
    assert cup.board() == [("ada", 0.4 if state == "applied" else 0.5)]
    assert all(new.state == State.DONE for new in cup.news(rejudging))
