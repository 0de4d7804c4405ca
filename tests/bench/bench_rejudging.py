"""How long live submissions wait while thousands are judged again, against the same without.

    python tests/bench/bench_rejudging.py [--rejudged 10000] [--times 20] [--rounds 3]

On the embedded stack, with real workers and sandboxes. Rounds alternate, so that both sides see the same
machine: live submissions alone, then live ones beside a rejudging of all that was handed in, which is
discarded afterwards. Told are two medians from the rows: from handed in to begun, which is the wait, and from
handed in to settled, which also pays for the processors that the rejudging uses. Target: the rejudging raises
the median wait of live submissions by at most 10 %.
"""

import argparse
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import func, insert, select, update

from judge import runtime as runtimes
from judge.clock import utc_now
from judge.models import Account, Contest, Judgement, Rejudging, Submission
from judge.models.words import Role, State, Verdict
from judge.runtime import Runtime
from judge.services.rejudgings import life
from judge.services.rejudgings.selection import Selection
from tests.bench.bench_predictions_road import make_package
from tests.bench.lab import ratio_line
from tests.bench.live import CONTEST, Judge, live_judge, providers

PROBLEM = "bench-table"
TARGET = 1.10


@dataclass
class Waits:
    """Seconds of live submissions."""

    begun: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)


def fill(runtime: Runtime, public_id: str, n: int) -> None:
    """Hand in the same file many times over, judged already."""
    with runtime.database.transaction() as session:
        first = session.scalars(select(Submission).where(Submission.public_id == public_id)).one()
        done = session.scalars(select(Judgement).where(Judgement.submission_id == first.id)).one()
        names = [column.key for column in Submission.__mapper__.column_attrs if column.key != "id"]
        same = {name: getattr(first, name) for name in names}
        session.execute(insert(Submission), [{**same, "public_id": secrets.token_hex(13)} for _ in range(n)])
        columns = {
            "submission_id": Submission.id,
            **{
                name: getattr(Judgement, name)
                for name in ("problem_version_id", "is_current", "priority", "state", "verdict", "score")
            },
            **{name: getattr(Judgement, name) for name in ("score_private", "queued_at", "ended_at")},
        }
        copied = select(*columns.values()).join_from(Submission, Judgement, Judgement.id == done.id)
        rows = copied.where(Submission.id > first.id)
        session.execute(insert(Judgement).from_select(list(columns), rows))
        session.execute(update(Contest).where(Contest.slug == CONTEST).values(owner_id=first.account_id))
        session.execute(update(Account).values(role=Role.ORGANIZER))


def measure(judge: Judge, runtime: Runtime, path: Path, times: int, pause_s: float, waits: Waits) -> None:
    """Hand in one after the other, and read from the rows when each was begun and settled."""
    for _ in range(times):
        time.sleep(pause_s)
        submission = judge.client.submit(path, problem=PROBLEM, contest=CONTEST)
        if judge.client.wait(submission.id, timeout_s=120).verdict != Verdict.AC:
            raise SystemExit("the verdict is not AC, so there is nothing to measure")
        queued_at, started_at, ended_at = moments(runtime, submission.id)
        waits.begun.append((started_at - queued_at).total_seconds())
        waits.settled.append((ended_at - queued_at).total_seconds())


def moments(runtime: Runtime, public_id: str) -> tuple[datetime, datetime, datetime]:
    """Return when a submission's judgement was queued, begun and settled."""
    with runtime.database.read() as session:
        row = session.execute(
            select(Judgement.queued_at, Judgement.started_at, Judgement.ended_at)
            .join(Submission, Submission.id == Judgement.submission_id)
            .where(Submission.public_id == public_id)
        ).one()
    return row.queued_at, row.started_at, row.ended_at


def begin(runtime: Runtime) -> int:
    """Judge everything again."""
    with runtime.database.read() as session:
        actor = session.scalars(select(Account)).one()
    return life.start(
        runtime, CONTEST, selection=Selection(problem=PROBLEM), reasons={"en": "Bench."}, actor=actor
    )


def discard(runtime: Runtime, rejudging_id: int) -> tuple[int, int]:
    """End it; return how many it had, and how many of them were judged."""
    with runtime.database.transaction() as session:
        rejudging = session.get_one(Rejudging, rejudging_id)
        life.discard(session, rejudging, actor=rejudging.created_by, now=utc_now())
        own = select(func.count()).select_from(Judgement).where(Judgement.rejudging_id == rejudging_id)
        n_done = session.scalar(own.where(Judgement.state == State.DONE)) or 0
        return rejudging.n_selected, n_done


def run(judge: Judge, path: Path, options: argparse.Namespace) -> bool:
    """Measure and print. Returns whether the target is met."""
    runtime = runtimes.build(judge.settings)
    try:
        first = judge.client.submit(path, problem=PROBLEM, contest=CONTEST)
        judge.client.wait(first.id, timeout_s=120)
        fill(runtime, first.id, options.rejudged)
        alone, beside = Waits(), Waits()
        measure(judge, runtime, path, 3, options.pause, Waits())
        for _ in range(options.rounds):
            measure(judge, runtime, path, options.times, options.pause, alone)
            rejudging_id = begin(runtime)
            began = time.monotonic()
            measure(judge, runtime, path, options.times, options.pause, beside)
            seconds = time.monotonic() - began
            n_all, n_done = discard(runtime, rejudging_id)
            print(f"  {n_done} of {n_all} judged again meanwhile, {n_done / seconds:.1f} a second")
            time.sleep(1)  # what ran is cancelled, and its sandbox destroyed
    finally:
        runtime.close()
    line, is_met = ratio_line("handed in to begun, beside a rejudging", beside.begun, alone.begun, TARGET)
    print(f"  handed in to begun, alone: median {median(alone.begun) * 1e3:.1f} ms")
    print(f"  {line}")
    paid = median(beside.settled) / median(alone.settled)
    print(
        f"  handed in to settled: {median(alone.settled) * 1e3:.0f} ms alone, "
        f"{median(beside.settled) * 1e3:.0f} ms beside, ratio {paid:.2f}"
    )
    return is_met


def main() -> int:
    """Measure each provider. Returns 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rejudged", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=20, help="live submissions of each kind and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between live submissions")
    parser.add_argument("--sandbox", choices=["docker", "local"], help="only this one")
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as name:
        package, path = make_package(Path(name))
        for provider in [options.sandbox] if options.sandbox else providers():
            print(f"{provider}, {options.rejudged} queued behind live ones (min / median / max)")
            with live_judge([package], sandbox=provider) as judge:
                missed |= not run(judge, path, options)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
