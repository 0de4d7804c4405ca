"""What a provider must be able to do with one running sandbox, for `sandboxes.session`."""

import contextlib
import os
import signal
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from sandboxes.cgroups import Cgroup
from sandboxes.footprint import footprint_mib
from sandboxes.limits import Limits
from sandboxes.results import Outcome

SUPERVISOR_NICE = -15


@dataclass(frozen=True, slots=True)
class Death:
    """Why a supervisor vanished without a word.

    Attributes:
        outcome: `MEMORY` or `SECURITY` if the step did it; None if the infrastructure did.
        detail: one line for administrators.
    """

    outcome: Outcome | None
    detail: str


class Body(ABC):
    """A provider's hold on one sandbox.

    Attributes:
        cgroup: the kernel's figures, or None where only the supervisor measures.
    """

    cgroup: Cgroup | None
    _first: int | None = None  # pidfd of its first process, where that can be had

    def hold(self, is_held: bool) -> None:
        """Stop its first process where it stands, or let it go on; never once it has a step. Best effort."""
        if self._first is not None:
            with contextlib.suppress(OSError):  # gone, or not ours to stop: then it just is not held
                signal.pidfd_send_signal(self._first, signal.SIGSTOP if is_held else signal.SIGCONT)

    def set_light(self, is_light: bool) -> None:
        """Give way to all others that want the same core, or weigh as much as they do. Best effort."""
        if self.cgroup is not None:
            self.cgroup.set_light(is_light)

    def prefer_supervisor(self) -> None:
        """Let its first process go before the others of its group, so that a bomb cannot keep it waiting.

        What it forks starts at the usual weight again, and the group as a whole gets no more than before.
        Best effort: needs root here; without it a supervisor that answers late is killed from outside.
        """
        if self._first is None:
            return
        record = Path(f"/proc/self/fdinfo/{self._first}")
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = record.read_text(encoding="ascii").splitlines()
            pid = int(next(line.split()[1] for line in lines if line.startswith("Pid:")))
            if pid > 0:
                usual = os.sched_param(0)
                os.sched_setscheduler(pid, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, usual)
                os.setpriority(os.PRIO_PROCESS, pid, SUPERVISOR_NICE)

    def footprint_mib(self) -> float | None:
        """Return how much memory it holds by now; None if that cannot be seen."""
        return footprint_mib(self.cgroup, self._first)

    @abstractmethod
    def is_running(self) -> bool:
        """Whether its first process exists."""

    @abstractmethod
    def kill(self) -> None:
        """End every process in it now. Idempotent, quick, never raises."""

    @abstractmethod
    def rest(self) -> None:
        """Give up its cores: its step is done, and it only waits to be removed. Idempotent."""

    @abstractmethod
    def apply(self, limits: Limits) -> bool:
        """Lower the ceilings to a step's limits; return whether the kernel limits its memory."""

    @abstractmethod
    def post_mortem(self) -> Death:
        """Say why it ended. Called only when nothing of ours ended it."""

    @abstractmethod
    def start_log(self) -> str:
        """Return what it printed before its supervisor could speak."""
