"""What a provider must be able to do with one running sandbox, for `sandboxes.session`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from sandboxes.cgroups import Cgroup
from sandboxes.limits import Limits
from sandboxes.results import Outcome


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

    @abstractmethod
    def is_running(self) -> bool:
        """Whether its first process exists."""

    @abstractmethod
    def kill(self) -> None:
        """End every process in it now. Idempotent, quick, never raises."""

    @abstractmethod
    def apply(self, limits: Limits) -> bool:
        """Lower the ceilings to a step's limits; return whether the kernel limits its memory."""

    @abstractmethod
    def post_mortem(self) -> Death:
        """Say why it ended. Called only when nothing of ours ended it."""

    @abstractmethod
    def start_log(self) -> str:
        """Return what it printed before its supervisor could speak."""
