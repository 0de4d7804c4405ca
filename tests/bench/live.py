"""A whole judge for a benchmark: the embedded stack on a home of its own, and a contestant with a token."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from judge import runtime as runtimes
from judge.client.api import JudgeClient
from judge.models.words import ContestKind
from judge.services import accounts, contests, problems
from judge.services.phase_rules import PhaseDraft
from judge.settings import Settings, load
from judge.stack.home import RunningStack, find_running
from judge.stack.parts import find_free_port
from problems.loader import Package

CONTEST = "bench"


@dataclass(frozen=True)
class Judge:
    """What a benchmark works with."""

    client: JudgeClient
    running: RunningStack
    settings: Settings


@contextmanager
def live_judge(packages: list[Package], *, sandbox: str) -> Iterator[Judge]:
    """Run a judge with these problems in a contest without quota."""
    with tempfile.TemporaryDirectory(prefix="judge-bench-") as folder:
        settings = load(
            home=Path(folder),
            sandbox=sandbox,
            rate_limits=False,
            web_bind=f"127.0.0.1:{find_free_port(8600)}",
        )
        own = {"JUDGE_HOME": folder, "JUDGE_SANDBOX": sandbox, "JUDGE_RATE_LIMITS": "false"}
        command = [sys.executable, "-m", "judge", "up", "--bind", settings.web_bind]
        with (settings.home / "out").open("wb") as out:
            process = subprocess.Popen(command, env={**os.environ, **own}, stdout=out, stderr=out)
        try:
            while not (running := find_running(settings.home)):
                if process.poll() is not None:
                    raise SystemExit((settings.home / "out").read_text())
                time.sleep(0.02)
            token = _arrange(settings, packages)
            with JudgeClient(running.url, token) as client:
                yield Judge(client, running, settings)
        finally:
            process.terminate()
            process.wait(60)


def _arrange(settings: Settings, packages: list[Package]) -> str:
    """Publish the problems, set them in a contest without quota, and return a contestant's token."""
    runtime = runtimes.build(settings)
    try:
        with runtime.database.transaction() as session:
            for package in packages:
                problems.publish(session, runtime.blobs, package, actor=None)
            names = {"en": "Bench", "zh": "基准"}
            contests.create_contest(
                session,
                slug=CONTEST,
                kind=ContestKind.LAB,
                names=names,
                summaries=names,
                owner=None,
                phases=[PhaseDraft(names=names)],
                problem_slugs=[package.spec.slug for package in packages],
                is_published=True,
            )
            account = accounts.register(session, username="bench", password="not a secret here")
            return accounts.create_token(session, account, name="bench").text
    finally:
        runtime.close()


def time_road(judge: Judge, path: Path, *, problem: str, pause_s: float) -> tuple[float, str | None]:
    """Submit over REST and wait for the final score. Returns seconds and the verdict."""
    time.sleep(pause_s)  # a judge that is not busy has a warm sandbox ready; this is not part of the time
    began = time.perf_counter()
    submission = judge.client.submit(path, problem=problem, contest=CONTEST)
    final = judge.client.wait(submission.id, timeout_s=120)
    return time.perf_counter() - began, final.verdict


def time_many(judge: Judge, path: Path, *, problem: str, times: int, pause_s: float) -> list[float]:
    """Time the road several times, after two that warm things up; every one must be accepted."""
    taken = []
    for turn in range(times + 2):
        seconds, verdict = time_road(judge, path, problem=problem, pause_s=pause_s)
        if verdict != "AC":
            raise SystemExit(f"{problem}: the verdict is {verdict}, so there is nothing to measure")
        if turn >= 2:
            taken.append(seconds)
    return taken


def in_ms(seconds: list[float]) -> str:
    """Return min, median and max as text."""
    return f"{min(seconds) * 1000:7.0f} /{median(seconds) * 1000:7.0f} /{max(seconds) * 1000:7.0f} ms"


def providers() -> list[str]:
    """Return the sandbox providers that can be measured here."""
    from judge.stack.isolation import docker_findings

    return ["docker", "local"] if not any(one.level == "warning" for one in docker_findings()) else ["local"]
