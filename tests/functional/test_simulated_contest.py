"""A whole contest, faults and all, ends with the boards that a naive look at the raw rows gives.

The contest goes through the judge's own services, in an order nobody would choose: results come back out of
order, some are judge errors, scores are missing, infinite or equal; twice everything is judged again, once in
vain; teams merge, leave, and are disqualified in the middle; the board is frozen. The recomputation shares no
code with the judge: it reads tables by SQL and sorts them with Python's own sort.
"""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from judge.clock import utc_now
from judge.models import (
    Account,
    Contest,
    Entry,
    EntryMember,
    Judgement,
    Phase,
    Problem,
    Submission,
    Team,
    TeamMember,
)
from judge.models.words import EntryKind, Format, Priority, State, Verdict
from judge.runtime import Runtime
from judge.services import entries, judgements, leaderboards, merging, standings
from judge.services.boards import conducting
from judge.services.boards.rebuilding import list_phases, rebuild
from judge.services.judgements import Claim
from judge.services.rejudgings import applying, life
from judge.services.rejudgings.selection import Selection
from judge.services.results import JudgementResult
from scoring.formats import Scale
from tests.factories.packages import predictions_package
from tests.factories.worlds import World

SLUGS = ("first", "second")
POINTS = {"first": 100.0, "second": 50.0}
ODD = (None, -0.0, 0.0, 1e308, -1e308, 1.0)
FAULTS = ("PE", "RTE", "TLE")
FILE = {"filename": "a.csv", "format": "csv", "blob_sha256": "0" * 64, "size_bytes": 1, "note": ""}
BATCH = 200


def _numbered(value: object, number: int) -> object:
    if value is int:
        return number
    return value.format(n=number) if isinstance(value, str) else value


@dataclass
class Simulation:
    """A contest that happens.

    Attributes:
        runtime: of an empty judge.
        rng: decides everything.
        waiting: submissions whose judgement was not settled yet.
    """

    runtime: Runtime
    rng: random.Random
    begin: datetime = field(default_factory=lambda: utc_now() - timedelta(hours=10))
    waiting: list[int] = field(default_factory=list)
    n_made: int = 0

    @property
    def now(self) -> datetime:
        """Return the contest's time: a second a submission; now and then the clock goes back."""
        return self.begin + timedelta(seconds=self.n_made + self.rng.choice((0, 0, 0, -2)))

    def set_up(self, n_teams: int, folder: Path) -> None:
        """Publish two problems and let teams of one enter a contest."""
        world = World(self.runtime)
        for slug in SLUGS:
            world.publish(predictions_package(folder, slug=slug))
        self.owner = world.person("owner", role="organizer")
        world.contest("sim", SLUGS, starts_h=-11, ends_h=10, owner=self.owner)
        with self.runtime.database.transaction() as session:
            contest = self.contest(session)
            ids = range(1000, 1000 + n_teams)
            at = self.begin

            def add(model: type, **columns: object) -> None:
                """Write one row for each team: `int` and `{n}` stand for its number."""
                rows = [{name: _numbered(value, n) for name, value in columns.items()} for n in ids]
                session.execute(insert(model), rows)

            person = {"role": "contestant", "is_active": True, "session_epoch": 0, "created_at": at}
            add(Account, id=int, username="p{n}", username_key="p{n}", password_hash="-", **person)
            add(Team, id=int, name="t{n}", name_key="t{n}", join_code="c{n}", created_at=at)
            add(TeamMember, team_id=int, account_id=int, is_captain=True, joined_at=at)
            add(Entry, id=int, contest_id=contest.id, team_id=int, entered_at=at, kind="team")
            add(EntryMember, contest_id=contest.id, account_id=int, entry_id=int)
            self.phase_id = contest.phases[0].id
            self.versions = dict(session.execute(select(Problem.id, Problem.current_version_id)).all())

    @staticmethod
    def contest(session) -> Contest:
        return session.scalars(select(Contest).where(Contest.slug == "sim")).one()

    def teams_in(self, session, *kinds: EntryKind) -> list[int]:
        """List the teams that take part: of some kinds, or of all."""
        is_in = (
            Entry.kind.in_(kinds or tuple(EntryKind)),
            Entry.disqualified_at.is_(None),
            Entry.withdrawn_at.is_(None),
        )
        return list(session.scalars(select(Entry.team_id).where(*is_in).order_by(Entry.team_id)))

    def hand_in(self, session, team_ids: list[int], n: int) -> None:
        """Write submissions as the intake does, some by ten teams that never stop."""
        people = dict(session.execute(select(TeamMember.team_id, func.min(TeamMember.account_id)).group_by(
            TeamMember.team_id
        )).all())  # fmt: skip
        made, queued = [], []
        for _ in range(n):
            team_id = self.rng.choice(team_ids[:10] if self.rng.random() < 0.05 else team_ids)
            self.n_made += 1
            problem_id, at = self.rng.choice(list(self.versions)), self.now
            common = {"id": self.n_made, "public_id": f"{self.n_made:026d}", "phase_id": self.phase_id}
            where = {"problem_id": problem_id, "team_id": team_id, "account_id": people[team_id]}
            is_smoke = self.rng.random() < 0.02
            made.append({**common, **where, **FILE, "submitted_at": at, "is_smoke": is_smoke})
            queued.append(
                {
                    "submission_id": self.n_made,
                    "problem_version_id": self.versions[problem_id],
                    "queued_at": at,
                }
            )
        session.execute(insert(Submission), made)
        self.waiting += session.scalars(insert(Judgement).returning(Judgement.id), queued)

    def settle(self, session, n: int) -> None:
        """Let that many judgements end, any of those that wait."""
        self.rng.shuffle(self.waiting)
        self.waiting, chosen = self.waiting[n:], self.waiting[:n]
        self.end_all(session, chosen, is_current=True)

    def end_all(self, session, numbers: list[int], *, is_current: bool) -> None:
        """Claim judgements, all in one statement, and settle one after the other."""
        session.execute(
            update(Judgement)
            .where(Judgement.id.in_(numbers))
            .values(state=State.RUNNING, fence=1, n_attempts=1, worker="w", started_at=self.now)
        )
        for number in numbers:
            held = Claim(
                number, fence=1, n_attempts=1, worker="w", public_id="-", lease_s=60, is_current=is_current
            )
            judgements.settle(session, held, self.result(), self.now)

    def result(self) -> JudgementResult:
        chance = self.rng.random()
        if chance < 0.04:
            return JudgementResult(Verdict.JE)
        if chance < 0.12:
            return JudgementResult(Verdict(self.rng.choice(FAULTS)))
        if chance < 0.2:
            return JudgementResult(Verdict.AC, self.rng.choice(ODD), self.rng.choice(ODD))
        # Few different scores: ties are everywhere.
        return JudgementResult(Verdict.AC, self.rng.randrange(20) / 19, self.rng.randrange(20) / 19)

    def judge_again(self, problem: str, *, is_applied: bool, of: int | None = None) -> int:
        with self.runtime.database.transaction() as session:
            early = self.begin + timedelta(seconds=self.n_made // 8)
            chosen = Selection(problem=problem, until=early, rejudging=of)
            begun = life.begin(
                session, self.contest(session), selection=chosen, reasons={"en": "A new scorer."},
                actor=self.owner, now=self.now,
            )  # fmt: skip
            number = begun.id
            new = session.scalars(
                select(Judgement.id).where(Judgement.rejudging_id == number, Judgement.state == State.QUEUED)
            ).all()
        for at in range(0, len(new), BATCH):
            with self.runtime.database.transaction() as session:
                self.end_all(session, list(new[at : at + BATCH]), is_current=False)
        with self.runtime.database.transaction() as session:
            rejudging = life.get_rejudging(session, number, viewer=self.owner)
            if is_applied:
                applying.apply(session, rejudging, actor=self.owner, now=self.now, is_partial=True)
            else:
                life.discard(session, rejudging, actor=self.owner, now=self.now)
        return number

    def trouble(self, session) -> None:
        """Merge two teams, put one out, take one back, make one a baseline."""
        contest, team_ids = self.contest(session), self.teams_in(session, EntryKind.TEAM)
        self.rng.shuffle(team_ids)
        into, other, bad, gone, baseline = team_ids[:5]
        merging.merge(session, contest, into_id=into, from_id=other, actor=self.owner, now=self.now)
        entries.disqualify(session, contest, bad, actor=self.owner, now=self.now, reason="Two accounts.")
        entries.withdraw(session, contest, gone, actor=self.owner, now=self.now)
        entries.set_kind(session, contest, baseline, EntryKind.BASELINE, actor=self.owner)
        out = session.execute(
            text("SELECT team_id FROM entry WHERE disqualified_at IS NOT NULL ORDER BY team_id")
        )
        entries.reinstate(session, contest, self.rng.choice([row[0] for row in out]), actor=self.owner)

    def run(self, n_submissions: int) -> None:
        """Let it happen, with everything that goes wrong at its own moment."""
        steps = 16
        moments = {4: "rejudge", 8: "freeze", 10: "discard", 12: "again", 13: "add up"}
        first = 0
        for step in range(steps):
            with self.runtime.database.transaction() as session:
                self.hand_in(session, self.teams_in(session), n_submissions // steps)
            with self.runtime.database.transaction() as session:
                self.settle(session, n_submissions // steps)
            if step % 2 == 1:
                with self.runtime.database.transaction() as session:
                    self.trouble(session)
            match moments.get(step):
                case "rejudge":
                    first = self.judge_again("first", is_applied=True)
                case "freeze":
                    with self.runtime.database.transaction() as session:
                        phase = session.get_one(Phase, self.phase_id)
                        conducting.freeze(
                            session, phase, actor=self.owner, now=self.begin + timedelta(seconds=self.n_made)
                        )
                case "add up":
                    with self.runtime.database.transaction() as session:
                        scales = {slug: Scale(0.0, 1.0, POINTS[slug]) for slug in SLUGS}
                        contest = self.contest(session)
                        conducting.set_format(session, contest, Format.SUM, scales, actor=self.owner)
                case "discard":
                    self.judge_again("second", is_applied=False)
                case "again":
                    self.judge_again("first", is_applied=True, of=first)
        with self.runtime.database.transaction() as session:
            self.settle(session, len(self.waiting))


def recomputed(session, phase_id: int, board: str) -> tuple[dict[int, list[tuple]], list[tuple]]:
    """Return boards by problem, and the overall one, from raw rows alone: (team, rank or None, score …)."""
    freeze_at = session.execute(text(f"SELECT freeze_at FROM phase WHERE id = {phase_id}")).scalar_one()
    column = "score_private" if board == "private" else "score"
    rows = session.execute(
        text(
            f"SELECT s.team_id, s.problem_id, s.id, s.submitted_at, j.{column}"
            " FROM submission s JOIN judgement j ON j.submission_id = s.id"
            " WHERE j.is_current AND j.state = 'done' AND j.verdict <> 'JE' AND NOT s.is_smoke"
        )
    ).all()
    taking_part = "SELECT team_id, kind FROM entry WHERE disqualified_at IS NULL AND withdrawn_at IS NULL"
    place = dict(session.execute(text(taking_part)).all())
    best: dict[tuple[int, int], tuple] = {}
    for team_id, problem_id, submission_id, at, score in rows:
        is_real = score is not None and math.isfinite(score)
        if team_id not in place or not is_real or (board == "frozen" and not at < freeze_at):
            continue
        key = (-score, at, submission_id)
        if (problem_id, team_id) not in best or key < best[problem_id, team_id]:
            best[problem_id, team_id] = key
    boards: dict[int, list[tuple]] = defaultdict(list)
    totals: dict[int, list[tuple[float, str, int]]] = defaultdict(list)
    points = dict(session.execute(text("SELECT problem_id, points FROM contest_problem")).all())
    for (problem_id, team_id), key in best.items():
        boards[problem_id].append((key, team_id))
        totals[team_id].append((points[problem_id] * min(1.0, max(0.0, -key[0])), key[1], key[2]))
    ranked = {
        number: _ranked([(key, team) for key, team in lines], place) for number, lines in boards.items()
    }
    return ranked, [(team_id, sum(part[0] for part in own)) for team_id, own in totals.items()]


def _ranked(lines: list[tuple], place: dict[int, str]) -> list[tuple]:
    rank, found = 0, []
    for key, team_id in sorted(lines):
        is_ranked = place[team_id] == "team"
        rank += is_ranked
        found.append((team_id, rank if is_ranked else None, key[2], -key[0]))
    return found


def shown(
    session, simulation: Simulation, problem_id: int, split: str, viewer: Account | None
) -> list[tuple]:
    """Return a problem's board as pages show it, all pages of it."""
    contest = simulation.contest(session)
    problem = session.get_one(Problem, problem_id)
    lines: list[tuple] = []
    while True:
        page = leaderboards.page(
            session,
            contest=contest,
            problem=problem,
            split=split,
            limit=500,
            offset=len(lines),
            now=utc_now(),
            viewer=viewer,
        )
        lines += [(row.team_name, row.rank, row.score) for row in page.rows]
        if not page.rows:
            return lines


@pytest.mark.slow
@pytest.mark.no_cover  # counting lines would take as long again
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("engine", "n_teams", "n_submissions"), [("sqlite", 500, 20_000), ("postgresql", 40, 800)]
)
def test_a_contest_ends_with_the_board_that_its_rows_give(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, n_teams: int, n_submissions: int
) -> None:
    from judge import runtime as runtimes
    from judge.db import migrate

    settings = request.getfixturevalue("sqlite_settings" if engine == "sqlite" else "postgres_settings")
    migrate.upgrade(settings)
    runtime = runtimes.build(settings)
    try:
        _check(Simulation(runtime, random.Random(20261127)), tmp_path, n_teams, n_submissions)
    finally:
        runtime.close()


def _check(simulation: Simulation, folder: Path, n_teams: int, n_submissions: int) -> None:
    simulation.set_up(n_teams, folder)
    simulation.run(n_submissions)
    with simulation.runtime.database.read() as session:
        names = dict(session.execute(select(Team.id, Team.name)).all())
        looks = (("public", simulation.owner), ("private", simulation.owner), ("frozen", None))
        for board, viewer in looks:
            split = "private" if board == "private" else "public"
            boards, totals = recomputed(session, simulation.phase_id, board)
            assert set(boards) == set(simulation.versions)
            for problem_id, wanted in boards.items():
                lines = [(names[team_id], rank, score) for team_id, rank, _, score in wanted]
                assert shown(session, simulation, problem_id, split, viewer) == lines, (board, problem_id)
                assert len(lines) > n_teams // 2
            _check_overall(session, simulation, split, viewer, {names[team]: total for team, total in totals})
        (phase,) = list_phases(session, "sim")
    with simulation.runtime.database.transaction() as session:
        assert rebuild(session, session.get_one(Phase, phase.id)) == []
        current = select(Judgement.submission_id).where(Judgement.is_current)
        assert len(session.scalars(current).all()) == simulation.n_made  # one of each, whatever happened
        assert (
            session.scalars(select(Judgement.priority).where(Judgement.rejudging_id.is_(None))).first()
            == Priority.LIVE
        )


def _check_overall(session, simulation: Simulation, split: str, viewer, totals: dict[str, float]) -> None:
    phase = session.get_one(Phase, simulation.phase_id)
    rows: list = []
    while page := standings.page(
        session, phase=phase, split=split, limit=500, offset=len(rows), now=utc_now(), viewer=viewer
    ).rows:
        rows += page
    assert {row.team_name: row.total for row in rows} == pytest.approx(totals)
    ordered = [row.total for row in rows]
    assert ordered == sorted(ordered, reverse=True)
    ranks = [row.rank for row in rows if row.rank is not None]
    assert ranks == list(range(1, len(ranks) + 1))
