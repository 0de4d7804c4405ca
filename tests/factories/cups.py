"""A contest with teams by name, whose submissions are judged at once: for what happens after judging."""

import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from judge.clock import utc_now
from judge.models import Account, Contest, Judgement, LeaderboardEntry, Phase, Problem, Submission
from judge.models.words import Verdict
from judge.services import contests, judgements, leaderboards, teams
from judge.services.boards.rebuilding import rebuild
from judge.services.results import JudgementResult
from scoring.contract import BootstrapRequest, MetricValue
from scoring.intervals.summary import summarised
from tests.factories.worlds import World


def _with_interval(value: MetricValue, rows) -> MetricValue:
    if rows is None or value.value is None:
        return value
    asked = BootstrapRequest(keys_of_replicates=(value.key,))
    return summarised(value, [value.value + row for row in rows], asked)


@dataclass
class Cup:
    """A contest of its own, with teams by name, whose submissions are judged at once."""

    world: World
    slug: str
    problem: str = "tiny-table"
    people: dict[str, Account] = field(default_factory=dict)

    def person(self, name: str) -> Account:
        if name not in self.people:
            self.people[name] = self.world.person(f"{name}-{self.slug}")
        return self.people[name]

    def submit(self, name: str, public: float | None, private: float | None = None, **more) -> int:
        return self.settle(self.hand_in(name), public, private, **more)

    def hand_in(self, name: str, *, at: datetime | None = None) -> int:
        """Return a new judgement that waits; what intake checks has tests of its own."""
        person = self.person(name)
        with self.world.runtime.database.transaction() as session:
            contest = contests.get_contest(session, self.slug, viewer=None)
            problem = session.scalars(select(Problem).where(Problem.slug == self.problem)).one()
            team = teams.solo_team(session, person)
            contests.enter(session, contest, team, account=person, now=utc_now())
            submission = Submission(
                public_id=secrets.token_hex(13), phase=contest.phases[0], problem=problem, team=team,
                account_id=person.id, filename="a.csv", format="csv", blob_sha256="0" * 64, size_bytes=1,
                submitted_at=at or utc_now(),
            )  # fmt: skip
            judgement = Judgement(problem_version_id=problem.current_version_id, queued_at=utc_now())
            submission.judgements.append(judgement)
            session.add(submission)
            session.flush()
            return judgement.id

    def settle(
        self,
        number: int,
        public,
        private=None,
        *,
        key="roc_auc",
        higher=True,
        verdict="AC",
        rows=None,
        sketch=b"",
    ) -> int:
        """Settle a judgement and return it; `rows` is what replicates of its scores add to them."""
        private = public if private is None else private
        values = {
            split: value if value is not None and math.isfinite(value) else None
            for split, value in (("public", public), ("private", private))
        }
        metrics = tuple(
            _with_interval(MetricValue(key=key, split=split, value=value, higher_is_better=higher), rows)
            for split, value in values.items()
        )
        with self.world.runtime.database.transaction() as session:
            held = judgements.claim(session, number, worker="w", now=utc_now(), lease_s=60)
            scores = (values["public"], values["private"])
            result = JudgementResult(Verdict(verdict), *scores, metrics=metrics, sketch=sketch)
            judgements.settle(session, held, result, utc_now())
            return held.judgement_id

    def page(self, **more):
        with self.world.runtime.database.read() as session:
            return leaderboards.page(
                session,
                contest=contests.get_contest(session, self.slug, viewer=None),
                problem=session.scalars(select(Problem).where(Problem.slug == self.problem)).one(),
                now=more.pop("now", utc_now()),
                **more,
            )

    def names(self, **more):
        return [(row.rank, row.team_name.split("-")[0]) for row in self.page(**more).rows]

    def scores(self, *boards):
        return [[row.score for row in self.page(**board).rows] for board in boards]

    def change(self, **values):
        """Change the phase's rules, as an organizer's service does; return how its boards differ now."""
        with self.world.runtime.database.transaction() as session:
            phase = contests.get_contest(session, self.slug, viewer=None).phases[0]
            for name, value in values.items():
                setattr(phase, name, value)
            session.flush()
            return rebuild(session, phase)

    def table(self, board: str | None = None):
        columns = [column for column in LeaderboardEntry.__table__.columns if column.name != "id"]
        with self.world.runtime.database.read() as session:
            query = select(*columns).join(Phase, Phase.id == LeaderboardEntry.phase_id).join(Contest)
            query = query.where(Contest.slug == self.slug)
            if board:
                query = query.where(LeaderboardEntry.board == board)
            return sorted(tuple(row) for row in session.execute(query))
