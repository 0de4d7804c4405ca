"""The supervisor behind `judge up`: starts the parts in order, restarts what dies, stops all of it.

It is one thread that waits for signals. Nothing on its road sleeps for a fixed time: a start is awaited
by probes at most `PROBE_S` apart, and the end of a child arrives as SIGCHLD.
"""

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from judge.errors import ConfigurationError
from judge.settings import Settings, child_environment
from judge.stack import home
from judge.stack.child import Child, ChildSpec, start
from judge.stack.parts import JUDGE_COMMAND, PROBE_S, require_free_port, stack_parts

START_LIMIT_S = 60.0
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 30.0
STEADY_AFTER_S = 30.0  # a part that lived this long starts again with the shortest backoff

_CLOCK = re.compile(r"^\d\d:\d\d:\d\d ")  # our commands print the time of day; so does `say`

Say = Callable[[str], None]


class StackFailed(ConfigurationError):
    """A part ended, or stayed silent, before it was ready."""

    default_code = "stack-failed"


@dataclass(slots=True)
class Part:
    """A part and its history."""

    spec: ChildSpec
    child: Child | None = None
    n_quick_deaths: int = 0
    restart_at_s: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs one embedded stack. Use `run`.

    Attributes:
        settings: for the whole stack.
        say: receives one short line per event; timestamps are the caller's affair.
        publish: publish the catalogue's problems once the database is there.
        on_ready: called once when every part is ready.
    """

    settings: Settings
    say: Say
    publish: bool = False
    on_ready: Callable[[], None] = lambda: None
    _parts: list[Part] = field(default_factory=list)
    _wakeup: int = -1
    _stop_signal: int = 0

    def run(self) -> None:
        """Bring the stack up, keep it up until SIGINT or SIGTERM, take it down.

        Raises:
            ConfigurationError: it is running already, the port is taken, or a part does not start.
        """
        with home.locked_home(self.settings.home), self._signals():
            require_free_port(self.settings.web_bind)
            try:
                self._start_all()
                if not self._stop_signal:
                    self._announce()
                    self.on_ready()
                    self._watch()
            finally:
                home.withdraw(self.settings.home)
                self._stop_all()

    def _start_all(self) -> None:
        """Start the groups one after the other; the database is brought up to date before the last."""
        groups = stack_parts(self.settings)
        for number, specs in enumerate(groups):
            if number == len(groups) - 1:
                self._run_command("db", "upgrade")
                if self.publish and not self._stop_signal:
                    self._run_command("catalogue", "publish", "--keep-changed")
            for spec in specs:
                part = Part(spec)
                self._parts.append(part)
                part.child = start(spec)
            self._await_ready([part for part in self._parts if part.spec in specs])
            if self._stop_signal:
                return

    def _run_command(self, *words: str) -> None:
        """Run a command of ours to its end, in its own process so that the supervisor stays small."""
        with subprocess.Popen(  # noqa: S603 - our own command
            [*JUDGE_COMMAND, *words],
            env=child_environment(self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            lines = _relayed(process, self.say, lambda: bool(self._stop_signal))
        if process.returncode and not self._stop_signal:
            raise StackFailed(
                "`judge {words}` failed:\n{output}",
                params={"words": " ".join(words), "output": "\n".join(lines)},
            )

    def _await_ready(self, parts: list[Part]) -> None:
        """Wait until every part answers; a death or silence is an error with the end of its log."""
        waiting, began_s = list(parts), time.monotonic()
        while waiting and not self._stop_signal:
            for part in list(waiting):
                child = part.child
                if child is None or child.has_ended():
                    raise _did_not_start(part, "ended")
                if part.spec.is_ready():
                    took_s = time.monotonic() - child.started_s
                    self.say(f"{part.spec.name} is ready ({took_s:.1f} s, process {child.pid})")
                    waiting.remove(part)
            if waiting and time.monotonic() - began_s > START_LIMIT_S:
                raise _did_not_start(waiting[0], f"was not ready after {START_LIMIT_S:.0f} s")
            if waiting:
                self._wait(PROBE_S)

    def _watch(self) -> None:
        """Restart what dies until a signal says stop."""
        while not self._stop_signal:
            for part in self._parts:
                self._look_after(part)
            due = [part.restart_at_s for part in self._parts if part.child is None]
            self._wait(max(0.0, min(due) - time.monotonic()) if due else None)

    def _look_after(self, part: Part) -> None:
        """Notice a death, and restart when its backoff is over."""
        now = time.monotonic()
        if part.child is not None and part.child.has_ended():
            part.n_quick_deaths = (
                0 if now - part.child.started_s > STEADY_AFTER_S else part.n_quick_deaths + 1
            )
            backoff_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2**part.n_quick_deaths)
            part.restart_at_s = now + backoff_s
            how = _how_it_ended(part.child.process.returncode)
            self.say(
                f"{part.spec.name} {how}; starting it again in {backoff_s:.1f} s (log: {part.spec.log_path})"
            )
            part.child = None
        elif part.child is None and now >= part.restart_at_s:
            part.child = start(part.spec)
            self.say(f"{part.spec.name} started again (process {part.child.pid})")
            self._announce()

    def _stop_all(self) -> None:
        """Stop the parts, last started first, each with its grace."""
        children = [part.child for part in reversed(self._parts) if part.child is not None]
        dependents = [child for child in children if child.spec.name != "valkey"]
        for batch in (dependents, [child for child in children if child not in dependents]):
            for child in batch:
                child.ask_to_stop()
            deadlines = {child.pid: time.monotonic() + child.spec.stop_grace_s for child in batch}
            while alive := [child for child in batch if not child.has_ended()]:
                for child in alive:
                    if time.monotonic() > deadlines[child.pid]:
                        self.say(f"{child.spec.name} did not stop in time and is killed")
                        child.kill()
                self._wait(PROBE_S)
        if children:
            self.say("everything is stopped")

    def _announce(self) -> None:
        """Tell `judge up`, `judge doctor` and the demo what runs."""
        parts = {part.spec.name: part.child.pid for part in self._parts if part.child is not None}
        home.announce(self.settings.home, home.RunningStack(os.getpid(), self.settings.public_url, parts))

    def _wait(self, timeout_s: float | None) -> None:
        """Sleep until a signal arrives or the time is over."""
        readable, _, _ = select.select([self._wakeup], [], [], timeout_s)
        if readable:
            os.read(self._wakeup, 4096)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn signals into bytes on a pipe that `_wait` watches."""
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup = reading
        before_fd = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        handlers = {number: self._on_signal for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before_fd)
            os.close(reading)
            os.close(writing)

    def _on_signal(self, number: int, _frame: object) -> None:
        """Remember that somebody asked to stop."""
        if not self._stop_signal:
            self.say("stopping")
        self._stop_signal = number


def _relayed(process: "subprocess.Popen[str]", say: Say, is_stopping: Callable[[], bool]) -> list[str]:
    """Pass on what a command prints, line by line; stop it when we are to stop. Returns its last lines."""
    lines: list[str] = []
    for line in process.stdout or ():
        text = _CLOCK.sub("", line.rstrip())
        lines = [*lines[-20:], text]
        say(text)
        if is_stopping():
            process.terminate()
    return lines


def _did_not_start(part: Part, what: str) -> StackFailed:
    """Return the error with the end of the part's log."""
    lines = "\n".join(part.child.last_lines()) if part.child else ""
    return StackFailed(
        "{name} {what}. The end of {log}:\n{lines}",
        params={"name": part.spec.name, "what": what, "log": str(part.spec.log_path), "lines": lines},
    )


def _how_it_ended(returncode: int) -> str:
    """Return words for a return code."""
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with code {returncode}"
