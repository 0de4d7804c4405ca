"""A small judge in a database: people, problems, contests, and submissions through the real intake."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from judge.clock import utc_now
from judge.models import Account, Contest, Judgement, Submission
from judge.models.words import ContestKind
from judge.runtime import Runtime
from judge.services import accounts, contests, intake, judgements, problems
from judge.services.judgements import Claim
from judge.services.phase_rules import PhaseDraft
from problems.loader import Package
from tests.factories.packages import GOOD_CSV

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@dataclass
class World:
    """Arranges things through the services."""

    runtime: Runtime

    def person(self, username: str | None = None, **more: object) -> Account:
        with self.runtime.database.transaction() as session:
            name = username or f"person-{next(_numbers)}"
            return accounts.register(session, username=name, password=PASSWORD, **more)

    def publish(self, package: Package, actor: Account | None = None) -> None:
        with self.runtime.database.transaction() as session:
            problems.publish(session, self.runtime.blobs, package, actor=actor)

    def contest(
        self,
        slug: str,
        problem_slugs: Iterable[str],
        *,
        starts_h: float = -1,
        ends_h: float = 1,
        quota: int | None = None,
        total: int | None = None,
        owner: Account | None = None,
        **rules: object,
    ) -> Contest:
        now = utc_now()
        phase = PhaseDraft(
            {"en": "Main", "zh": "正赛"},
            starts_at=now + timedelta(hours=starts_h),
            ends_at=now + timedelta(hours=ends_h),
            quota_per_day=quota,
            quota_total=total,
            **rules,
        )
        with self.runtime.database.transaction() as session:
            return contests.create_contest(
                session,
                slug=slug,
                kind=ContestKind.COMPETITION,
                names={"en": slug, "zh": slug},
                summaries={"en": "", "zh": ""},
                owner=owner,
                phases=[phase],
                problem_slugs=list(problem_slugs),
                is_published=True,
            )

    def submit(self, account: Account, **more: object) -> Submission:
        values: dict[str, object] = {
            "problem_slug": "tiny-table",
            "filename": "predictions.csv",
            "chunks": [GOOD_CSV],
            **more,
        }
        return intake.receive(self.runtime, account=account, **values)

    def claim(self, submission: Submission, *, worker: str = "w1", lease_s: float = 10) -> Claim:
        held = self.try_claim(submission.judgements[-1].id, worker=worker, lease_s=lease_s)
        assert held is not None
        return held

    def try_claim(self, judgement_id: int, *, worker: str = "w1", lease_s: float = 10) -> Claim | None:
        with self.runtime.database.transaction() as session:
            return judgements.claim(session, judgement_id, worker=worker, now=utc_now(), lease_s=lease_s)

    def judgement(self, judgement_id: int) -> Judgement:
        with self.runtime.database.read() as session:
            found = session.get_one(Judgement, judgement_id)
            session.refresh(found, ["submission", "metrics", "runs"])
            return found
