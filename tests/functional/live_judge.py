"""A judge as it is deployed: Valkey, gunicorn over SQLite, real services; only the verdicts are ours.

Tests of the API and of the command talk to it over HTTP. What a worker would find out is written through
the same service that the worker uses, so no test waits for a sandbox that it does not need.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from judge import runtime as runtimes
from judge import settings as configuration
from judge.clock import utc_now
from judge.db import migrate
from judge.models import Account, Judgement, Submission
from judge.models.words import ContestKind, Role, Verdict
from judge.runtime import Runtime
from judge.services import accounts, contests, judgements, problems, teams
from judge.services.phase_rules import PhaseDraft
from judge.services.results import JudgementResult
from judge.stack.parts import valkey
from judge.worker.steps.settle import stored_exhibits
from problems.loader import load
from scoring.contract import Message, MetricValue

PASSWORD = "correct horse battery"
GOOD_CSV = b"id,score\n1,0.9\n2,0.1\n3,0.8\n4,0.2\n"

MANIFEST = """\
format: 1
slug: {slug}
version: 1.0.0
kind: predictions
names: {{en: Tiny table, zh: 小表}}
summary: {{en: Four rows., zh: 四行。}}
licence: CC0-1.0
authors: [OpenModels]
tags: [tiny]
track: {track}
data:
  licence: CC0-1.0
  source: {{en: Made up., zh: 编造的。}}
submission: {{formats: [csv, npz], max_mib: 1}}
scoring:
  scorer: table
  options: {{id_column: id, columns: [{{name: score}}]}}
  metrics: [{{name: roc_auc}}, {{name: log_loss}}]
  primary: roc_auc
feedback: full
leaderboard: {{decimals: 4, columns: [log_loss]}}
"""


def write_package(folder: Path, *, slug: str, track: str) -> Path:
    """Write a small package that is built."""
    files = {
        "problem.yaml": MANIFEST.format(slug=slug, track=track),
        "statement/en.md": "# Tiny table\n\nPredict $p$.\n",
        "statement/zh.md": "# 小表\n\n预测 $p$。\n",
        "public/train.csv": "id,score,label\n9,0.5,1\n",
        "public/starter/baseline.py": "print('id,score')\n",
        "hidden/reference/reference.csv": (
            "id,label,split\n1,1,public\n2,0,public\n3,1,private\n4,0,private\n"
        ),
    }
    for name, text in files.items():
        path = folder / slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / slug


@dataclass
class Person:
    """An account with a token."""

    account: Account
    token: str
    team_id: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class LiveJudge:
    """The running judge and ways to arrange things in it."""

    runtime: Runtime
    url: str
    n_people: int = field(default=0)

    @property
    def home(self) -> Path:
        return self.runtime.settings.home

    def person(
        self, name: str | None = None, *, days: int | None = None, role: Role = Role.CONTESTANT
    ) -> Person:
        self.n_people += 1
        username = name or f"person-{self.n_people}"
        with self.runtime.database.transaction() as session:
            account = accounts.register(session, username=username, password=PASSWORD, role=role)
            token = accounts.create_token(session, account, name="test", days=days).text
            team_id = teams.solo_team(session, account).id
        return Person(account, token, team_id)

    def http(self, person: Person | None = None, **headers: str) -> httpx.Client:
        own = person.headers if person else {}
        return httpx.Client(base_url=self.url, headers={**own, **headers}, timeout=30, trust_env=False)

    def contest(
        self,
        slug: str,
        *,
        start_h: float = -1,
        end_h: float = 1,
        quota: int | None = None,
        owner: Account | None = None,
    ) -> None:
        now = utc_now()
        phase = PhaseDraft(
            names={"en": "Main", "zh": "主阶段"},
            starts_at=now + timedelta(hours=start_h),
            ends_at=now + timedelta(hours=end_h),
            quota_per_day=quota,
        )
        with self.runtime.database.transaction() as session:
            contests.create_contest(
                session,
                slug=slug,
                kind=ContestKind.COMPETITION,
                names={"en": slug.title(), "zh": slug},
                summaries={"en": "A contest.", "zh": "一场比赛。"},
                owner=owner,
                phases=[phase],
                problem_slugs=["tiny-cup"],
                is_published=True,
            )

    def settle(
        self,
        public_id: str,
        verdict: str = "AC",
        *,
        score: float | None = 0.75,
        private: float = 0.5,
        messages: tuple[Message, ...] = (),
        stdout: str = "",
        **shown: object,
    ) -> None:
        """Write a result as a worker does."""
        with self.runtime.database.transaction() as session:
            judgement = self._judgement(session, public_id)
            held = judgements.claim(session, judgement.id, worker="test", now=utc_now(), lease_s=60)
        assert held is not None
        metrics = (
            ()
            if score is None
            else (
                MetricValue(key="roc_auc", split="public", value=score, higher_is_better=True),
                MetricValue(key="roc_auc", split="private", value=private, higher_is_better=True),
                MetricValue(
                    key="log_loss", split="public", value=None, higher_is_better=False, reason="undefined"
                ),
            )
        )
        result = JudgementResult(
            verdict=Verdict(verdict),
            score=score,
            score_private=private if score is not None else None,
            messages=messages,
            metrics=metrics,
            stdout=stdout,
            **shown,
            receipt={
                "sandbox": {"name": "local", "is_weaker": True, "weaknesses": ["no-cgroup"]},
                "host": "h1",
            },
        )
        with self.runtime.database.transaction() as session:
            judgements.settle(session, held, result, utc_now(), stored_exhibits(self.runtime, result))
        self.runtime.events.publish(public_id, {"state": "done"})

    def advance(self, public_id: str, state: str) -> None:
        """Put a submission into a state and announce it."""
        with self.runtime.database.transaction() as session:
            self._judgement(session, public_id).state = state
        self.runtime.events.publish(public_id, {"state": state})

    @staticmethod
    def _judgement(session: object, public_id: str) -> Judgement:
        found = session.query(Submission).filter_by(public_id=public_id).one()  # type: ignore[attr-defined]
        return found.judgements[-1]

    def files(self) -> set[str]:
        """List what lies on disk and could have been left behind by an upload."""
        found = set()
        for folder in (self.home / "blobs", self.home / "tmp"):
            found |= {str(path) for path in folder.rglob("*") if path.is_file()}
        return found


@contextlib.contextmanager
def running_judge(home: Path, **environment: str) -> Iterator[LiveJudge]:
    """Run Valkey and gunicorn on a fresh home until the block ends."""
    port = _free_port()
    settings = configuration.load(
        home=home,
        is_testing=True,
        public_url=f"http://127.0.0.1:{port}",
        max_upload_mib=4,
        default_language="en",
    )
    migrate.upgrade(settings)
    part = valkey(settings)
    temp = home / "tmp"
    temp.mkdir()
    own = {
        "JUDGE_HOME": str(home),
        "JUDGE_IS_TESTING": "true",
        "JUDGE_PUBLIC_URL": settings.public_url,
        "JUDGE_MAX_UPLOAD_MIB": "4",
        "JUDGE_DEFAULT_LANGUAGE": "en",
        "TMPDIR": str(temp),
    }
    flags = [
        "--worker-class=gthread",
        "--workers=1",
        "--threads=64",
        f"--bind=127.0.0.1:{port}",
        "--log-level=warning",
    ]
    log = (home / "gunicorn.log").open("wb")
    children = [
        subprocess.Popen(part.argv, env=dict(part.environment), stdout=log, stderr=log),
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *flags, "web.wsgi:app"],
            env={**os.environ, **own, **environment},
            stdout=log,
            stderr=log,
        ),
    ]
    runtime = runtimes.build(settings)
    try:
        _publish(runtime, home / "packages")
        judge = LiveJudge(runtime, settings.public_url)
        _wait_ready(judge.url, home / "gunicorn.log")
        yield judge
    finally:
        for child in reversed(children):
            child.terminate()
        for child in reversed(children):
            child.wait(20)
        log.close()
        runtime.close()


def _publish(runtime: Runtime, folder: Path) -> None:
    with runtime.database.transaction() as session:
        contests.ensure_practice(session)
        for slug, track in (("tiny", "practice"), ("tiny-cup", "competition")):
            package = load(write_package(folder, slug=slug, track=track))
            problems.publish(session, runtime.blobs, package, actor=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_ready(url: str, log: Path) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", trust_env=False, timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace")[-3000:])
