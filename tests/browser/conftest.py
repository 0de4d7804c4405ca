"""A real judge with a real worker, and a real browser that complains of every error on a page."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.functional.live_judge import LiveJudge, running_judge

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
# A judgement takes a second; on a machine that does other things as well it may take many.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def judge() -> Iterator[LiveJudge]:
    """Run the portal, the queue and one worker on the local sandbox."""
    home = Path(tempfile.mkdtemp(prefix="judge-browser-"))
    with running_judge(home) as live:
        environment = {
            **os.environ,
            "JUDGE_HOME": str(home),
            "JUDGE_IS_TESTING": "true",
            "JUDGE_SANDBOX": "local",
            "JUDGE_WORKER_SLOTS": "1",
        }
        with (home / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "judge.worker"], env=environment, stdout=log, stderr=log
            )
            try:
                yield live
            finally:
                worker.terminate()
                worker.wait(30)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    assert CHROMIUM, "install Debian's chromium package: make test does so as root"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


class Watched:
    """Collects what a browser finds wrong with our pages."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def _on_console(self, message: ConsoleMessage) -> None:
        # A page that is meant to be refused is reported by the network; policy violations are not.
        if (
            message.type in {"error", "warning"}
            and "the server responded with a status of" not in message.text
        ):
            self.faults.append(f"{message.type}: {message.text}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator:
    """Return a maker of pages; the test fails if any of them logged an error or broke the policy."""
    watched = Watched()
    contexts: list[BrowserContext] = []

    def make(language: str = "en-US", width: int = 1440, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=language, java_script_enabled=scripts
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watched.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert watched.faults == []
