"""The team's commands as a script runs them: a process, its output, its exit code."""

import json
import os
import pty
import select
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from live_judge import GOOD_CSV, LiveJudge, Person, running_judge

from judge.services.results import PlotFile
from scoring.contract import Message, Plot, SubtaskScore, Table

ACCEPTED, NOT_ACCEPTED, USAGE, REFUSED, AUTH, UNAVAILABLE, JUDGE_ERROR, NOT_INSTALLED = range(8)
# What only the extras bring: a base install must not need it. (typer itself may use pydantic.)
SERVER_ONLY = (
    "flask",
    "apiflask",
    "sqlalchemy",
    "alembic",
    "celery",
    "redis",
    "pydantic_settings",
    "structlog",
    "torch",
    "numpy",
    "docker",
    "yaml",
    "gunicorn",
    "argon2",
)
BLOCKED = (
    f"import sys; sys.modules.update(dict.fromkeys({SERVER_ONLY!r})); "
    "from judge.cli.main import app; app(prog_name='judge')"
)


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with running_judge(tmp_path_factory.mktemp("cli") / "home") as running:
        yield running


class Shell:
    """Runs `judge` with its own configuration folder, on a base install only."""

    def __init__(self, judge: LiveJudge, folder: Path) -> None:
        self.judge = judge
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "LANG": "en_US.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONPATH": str(Path.cwd()),
        }

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-c", BLOCKED, *words]

    def run(self, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*words),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**self.environment, **environment},
            cwd=self.folder,
            check=False,
        )

    def login(self, person: Person) -> None:
        done = self.run("login", "--url", self.judge.url, "--token", "-", stdin=person.token + "\n")
        assert done.returncode == 0, done.stderr


@pytest.fixture
def shell(judge: LiveJudge, tmp_path: Path) -> Shell:
    return Shell(judge, tmp_path)


@pytest.fixture
def person(judge: LiveJudge, shell: Shell) -> Person:
    made = judge.person()
    shell.login(made)
    return made


@pytest.fixture
def rows(tmp_path: Path) -> str:
    path = tmp_path / "rows.csv"
    path.write_bytes(GOOD_CSV)
    return str(path)


class Settling:
    """Settles every submission of a person as soon as it appears, like a worker that knows the answer."""

    def __init__(self, judge: LiveJudge, person: Person, verdict: str = "AC", **result: object) -> None:
        self.judge, self.person = judge, person
        self.verdict, self.result = verdict, result
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self) -> None:
        with self.judge.http(self.person) as http:
            while not self.is_over.wait(0.05):
                for item in http.get("/api/v1/submissions?limit=5").json()["items"]:
                    if item["state"] == "queued":
                        self.judge.settle(item["id"], self.verdict, **self.result)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()


def test_help_works_and_lists_exit_codes(shell: Shell) -> None:
    done = shell.run("--help")
    assert done.returncode == 0
    for word in (
        "login",
        "problems",
        "submit",
        "status",
        "leaderboard",
        "up",
        "worker",
        "problem",
        "Exit codes",
    ):
        assert word in done.stdout
    assert "--min-score" in shell.run("submit", "--help").stdout


@pytest.mark.parametrize("command", ["up", "worker", "web", "problem"])
def test_server_commands_name_the_extra_that_is_missing(shell: Shell, command: str) -> None:
    done = shell.run(command, "--help") if command == "problem" else shell.run(command)
    assert done.returncode == NOT_INSTALLED, done.stderr
    assert "openmodels-judge[" in done.stderr and "Traceback" not in done.stderr


def test_login_keeps_the_token_private_and_silent(judge: LiveJudge, shell: Shell) -> None:
    made = judge.person()
    done = shell.run("login", "--url", judge.url + "/", "--token", "-", stdin=made.token)
    assert done.returncode == 0, done.stderr
    assert made.account.username in done.stdout
    assert made.token not in done.stdout + done.stderr
    path = shell.folder / "config" / "openmodels-judge" / "client.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"url": judge.url, "token": made.token}
    assert shell.run("logout").returncode == 0
    assert made.token not in path.read_text()
    assert shell.run("status").returncode == AUTH


def test_a_wrong_token_is_not_kept(judge: LiveJudge, shell: Shell) -> None:
    done = shell.run("login", "--url", judge.url, "--token", "-", stdin="omj_nonsense\n")
    assert done.returncode == AUTH
    assert not (shell.folder / "config" / "openmodels-judge" / "client.json").exists()
    assert shell.run("login", "--url", judge.url, "--token", "-", stdin="\n").returncode == USAGE


def test_the_environment_wins_and_a_token_stays_with_its_address(judge: LiveJudge, shell: Shell) -> None:
    made = judge.person()
    own = {"JUDGE_URL": judge.url, "JUDGE_TOKEN": made.token}
    assert shell.run("status", **own).returncode == 0
    shell.login(made)
    elsewhere = shell.run("status", JUDGE_URL="http://127.0.0.1:9")
    assert elsewhere.returncode == AUTH  # no token for that address, so nothing is even sent
    assert shell.run("status", JUDGE_URL="ftp://x").returncode == USAGE


def test_nobody_there(shell: Shell, rows: str) -> None:
    began = time.monotonic()
    done = shell.run("submit", rows, "-p", "tiny", JUDGE_URL="http://127.0.0.1:9", JUDGE_TOKEN="omj_x")
    assert done.returncode == UNAVAILABLE
    assert "127.0.0.1:9" in done.stderr and "Traceback" not in done.stderr
    assert time.monotonic() - began < 20


def test_problems_are_listed_shown_and_fetched(shell: Shell, judge: LiveJudge, tmp_path: Path) -> None:
    shell.environment["JUDGE_URL"] = judge.url
    listed = shell.run("problems")
    assert listed.returncode == 0 and "tiny" in listed.stdout and "roc_auc" in listed.stdout
    practice = json.loads(shell.run("problems", "--contest", "practice", "--json").stdout)
    assert [item["slug"] for item in practice] == ["tiny"]
    shown = shell.run("problems", "tiny")
    assert "Predict $p$." in shown.stdout and "train.csv" in shown.stdout
    assert "预测 $p$。" in shell.run("problems", "tiny", LANG="zh_CN.UTF-8").stdout
    folder = tmp_path / "data"
    assert shell.run("problems", "tiny", "--download", str(folder)).returncode == 0
    assert (folder / "train.csv").read_text() == "id,score,label\n9,0.5,1\n"
    assert (folder / "starter" / "baseline.py").is_file()
    assert sorted(path.name for path in folder.rglob("*.part")) == []
    assert shell.run("problems", "no-such").returncode == REFUSED
    assert shell.run("problems", "--download", str(folder)).returncode == USAGE


def test_an_accepted_submission(judge: LiveJudge, shell: Shell, person: Person, rows: str) -> None:
    with Settling(judge, person):
        done = shell.run("submit", rows, "--problem", "tiny", "--note", "try 1")
    assert done.returncode == ACCEPTED, done.stderr
    assert "AC" in done.stdout and "0.75" in done.stdout
    assert done.stderr.splitlines()[-1] == "done"  # states are plain lines without a terminal
    assert "\x1b[" not in done.stdout + done.stderr


def test_json_is_one_document_on_stdout(judge: LiveJudge, shell: Shell, person: Person, rows: str) -> None:
    with Settling(judge, person):
        done = shell.run("submit", rows, "--problem", "tiny", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["verdict"], document["score"]) == (ACCEPTED, "AC", 0.75)


@pytest.mark.parametrize(
    ("verdict", "score", "options", "code"),
    [
        ("WA", 0.4, (), NOT_ACCEPTED),
        ("TLE", None, (), NOT_ACCEPTED),
        ("JE", None, (), JUDGE_ERROR),
        ("AC", 0.75, ("--min-score", "0.7"), ACCEPTED),
        ("AC", 0.75, ("--min-score", "0.8"), NOT_ACCEPTED),
        ("TLE", None, ("--min-score", "0"), NOT_ACCEPTED),
    ],
)
def test_exit_codes_of_verdicts(
    judge: LiveJudge, shell: Shell, person: Person, rows: str, verdict: str, score: float, options, code: int
) -> None:
    with Settling(judge, person, verdict, score=score):
        done = shell.run("submit", rows, "--problem", "tiny", *options)
    assert done.returncode == code, done.stdout + done.stderr


def test_messages_are_shown_and_cannot_paint(
    judge: LiveJudge, shell: Shell, person: Person, rows: str
) -> None:
    messages = (Message(code="id-missing", params={"id": "\x1b[31mred\u202e"}),)
    with Settling(judge, person, "PE", score=None, messages=messages, stdout="said\x1b]0;title\x07 this"):
        done = shell.run("submit", rows, "--problem", "tiny")
    assert done.returncode == NOT_ACCEPTED
    assert "There is no row for id" in done.stdout and "said" in done.stdout
    assert not set("\x1b\x07\u202e") & set(done.stdout + done.stderr)


def test_what_a_scorer_shows(
    judge: LiveJudge, shell: Shell, person: Person, rows: str, tmp_path: Path
) -> None:
    title = {"en": "Worst \x1b[31mrows", "zh": "最差的行"}
    subtask = SubtaskScore(name="one", title=title, points=3.5, max_points=10, n_passed=2, n_cases=5)
    table = Table(
        name="worst", title=title, columns=("row", "error"), rows=((3, 0.25), (None, "\x1b]0;x\x07"))
    )
    plot = Plot(name="errors", title=title, media_type="image/svg+xml")
    with Settling(judge, person, subtasks=(subtask,), tables=(table,), plots=(PlotFile(plot, b"<svg/>"),)):
        name = json.loads(shell.run("submit", rows, "-p", "tiny", "--json").stdout)["id"]
    done = shell.run("status", name, "--plots", "pictures")
    assert done.returncode == ACCEPTED, done.stderr
    for shown in ("Worst [31mrows", "2 / 5", "3.5 / 10", "0.25", "errors"):
        assert shown in done.stdout
    assert not set("\x1b\x07") & set(done.stdout + done.stderr)
    assert (tmp_path / "pictures" / "errors.svg").read_bytes() == b"<svg/>"
    assert "最差的行" in shell.run("status", name, LANG="zh_CN.UTF-8").stdout


def test_without_waiting_and_later(judge: LiveJudge, shell: Shell, person: Person, rows: str) -> None:
    done = shell.run("submit", rows, "-p", "tiny", "--no-wait", "--json")
    assert done.returncode == 0
    name = json.loads(done.stdout)["id"]
    assert shell.run("status", name).returncode == 0  # still being judged
    assert name in shell.run("status").stdout
    timer = threading.Timer(0.5, judge.settle, [name, "WA"])
    timer.start()
    waited = shell.run("status", name, "--wait")
    timer.join()
    assert waited.returncode == NOT_ACCEPTED and "WA" in waited.stdout
    assert shell.run("status", "0" * 26).returncode == REFUSED
    assert shell.run("status", "../../me").returncode == REFUSED


def test_refusals(judge: LiveJudge, shell: Shell, person: Person, rows: str, tmp_path: Path) -> None:
    judge.contest(f"one-{person.team_id}", quota=1)
    contest = ("--contest", f"one-{person.team_id}", "--no-wait")
    assert shell.run("submit", rows, "-p", "tiny-cup", *contest).returncode == 0
    over = shell.run("submit", rows, "-p", "tiny-cup", *contest, "--json")
    assert over.returncode == REFUSED
    assert json.loads(over.stdout)["error"]["code"] == "quota-exceeded"
    assert shell.run("submit", rows, "-p", "nothing").returncode == REFUSED
    big, empty, odd = tmp_path / "big.csv", tmp_path / "empty.csv", tmp_path / "rows.exe"
    big.write_bytes(b"1,0.5\n" * 400_000)
    empty.touch()
    odd.write_bytes(GOOD_CSV)
    too_big = shell.run("submit", str(big), "-p", "tiny")
    assert too_big.returncode == REFUSED and "1 MiB" in too_big.stderr
    assert shell.run("submit", str(empty), "-p", "tiny").returncode == REFUSED
    assert shell.run("submit", str(odd), "-p", "tiny").returncode == REFUSED
    chinese = shell.run("submit", str(empty), "-p", "tiny", LANG="zh_CN.UTF-8")
    assert "空文件" in chinese.stderr


def test_usage_errors(shell: Shell, person: Person, rows: str, tmp_path: Path) -> None:
    assert shell.run("submit", str(tmp_path / "missing.csv"), "-p", "tiny").returncode == USAGE
    assert shell.run("submit", rows).returncode == USAGE
    assert shell.run("submit", str(tmp_path), "-p", "tiny").returncode == USAGE
    assert shell.run("submit", rows, "-p", "tiny", "--team", "No Such Team").returncode == USAGE
    assert shell.run("no-such-command").returncode == USAGE


def test_a_revoked_token_is_an_auth_error(judge: LiveJudge, shell: Shell, person: Person, rows: str) -> None:
    from judge.services import accounts

    with judge.runtime.database.transaction() as session:
        for token in accounts.list_tokens(session, person.account):
            accounts.revoke_token(session, person.account, token.id)
    done = shell.run("submit", rows, "-p", "tiny", "--json")
    assert done.returncode == AUTH
    assert json.loads(done.stdout)["error"]["code"] == "token-revoked"


def test_the_leaderboard(judge: LiveJudge, shell: Shell, person: Person, rows: str) -> None:
    slug = f"board-{person.team_id}"
    judge.contest(slug)
    empty = shell.run("leaderboard", slug)
    assert empty.returncode == 0 and "Nobody" in empty.stdout
    with Settling(judge, person, score=0.625):
        shell.run("submit", rows, "-p", "tiny-cup", "--contest", slug)
    shown = shell.run("leaderboard", slug, "--problem", "tiny-cup")
    assert shown.returncode == 0
    assert f"* {person.account.username}" in shown.stdout and "0.625" in shown.stdout
    board = json.loads(shell.run("leaderboard", slug, "--json").stdout)
    assert board["rows"][0]["score"] == 0.625
    assert shell.run("leaderboard", "no-such-contest").returncode == REFUSED


def test_on_a_terminal_the_progress_moves(judge: LiveJudge, shell: Shell, person: Person, rows: str) -> None:
    parent, child = pty.openpty()
    environment = {**shell.environment, "TERM": "xterm-256color", "COLUMNS": "100"}
    with Settling(judge, person):
        process = subprocess.Popen(
            shell.argv("submit", rows, "-p", "tiny"),
            stdin=child,
            stdout=child,
            stderr=child,
            env=environment,
            cwd=shell.folder,
        )
        os.close(child)
        seen = _read_all(parent)
        assert process.wait(30) == ACCEPTED, seen
    assert "\x1b[" in seen and "AC" in seen and "0.75" in seen


def _read_all(descriptor: int) -> str:
    seen = b""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if select.select([descriptor], [], [], 0.2)[0]:
            try:
                chunk = os.read(descriptor, 65536)
            except OSError:  # the other end is closed
                break
            seen += chunk
    os.close(descriptor)
    return seen.decode(errors="replace")
