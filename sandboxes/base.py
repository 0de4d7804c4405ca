"""The contract between the judge and whatever runs untrusted things.

A sandbox serves one step and is destroyed. Inside every sandbox, whatever the provider:

    /job/in      read-only; what the caller put there (`Step.inputs`)
    /job/out     the step's working folder, a sized tmpfs; declared outputs are read from here
    /tmp         a sized tmpfs
    /job/chan    a Unix socket, only when the step has a channel

No network, no capabilities, no host environment, no other files of ours. PID 1 is a supervisor of
ours (`sandboxes/inside/supervisor.py`) that was started before any work was given, with the
profile's preloads imported; it forks the step, watches its limits, and streams declared outputs
back over a socket, so the host never follows a path that a participant made.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sandboxes.limits import Limits
from sandboxes.results import StepResult


@dataclass(frozen=True, slots=True)
class Profile:
    """What a sandbox is made of before any work is given to it.

    Attributes:
        image: runner image name, `python-ml` or `python`. The local provider maps it to the
            interpreter of its own environment.
        limits: ceilings fixed at start; a step may ask for less, never for more.
        preload: modules imported by the supervisor before it says it is ready.
        is_trusted: runs our scorer; never used for anything a participant made to be executed.
            It is part of what a pool compares, so that the two kinds are never mixed.
        code: read-only folders mounted at `/job/code/<name>` and put on `sys.path`'s front as
            `/job/code`; used for the scoring package in trusted sandboxes and for the small
            stock runners (`model_runner.py`, `function_host.py`) in untrusted ones.
    """

    image: str
    limits: Limits
    preload: tuple[str, ...] = ()
    is_trusted: bool = False
    code: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One file the caller wants back from `/job/out`.

    Attributes:
        name: relative path, no `..`.
        max_bytes: larger gives `Outcome.OUTPUT_SIZE`.
        is_required: missing gives `Outcome.OUTPUT_MISSING` (only when the exit code was 0).
    """

    name: str
    max_bytes: int
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of work.

    Exactly one of `argv` and `module` is set. `module` runs in a fork of the warm supervisor as
    `python -m module` would (preloads already imported); `argv` is executed.

    Attributes:
        argv: command line; `argv[0]` is looked up on the image's PATH.
        module: dotted name found on `sys.path` (which has `/job/code`).
        args: arguments for `module` (becomes `sys.argv[1:]`).
        inputs: name under `/job/in` → host file (opened read-only; linked or copied, mode 0444).
        outputs: what to bring back.
        stdin: bytes, at most 64 MiB.
        env: extra variables. Never secrets.
        limits: for this step; each field at most the profile's.
        has_channel: whether `/job/chan` is offered; the caller then uses `Sandbox.channel()`.
        seed: becomes `JUDGE_SEED`, and `PYTHONHASHSEED` for `argv` and for children; a `module` runs
            in an interpreter that is already up, whose hash seed is always 0.
    """

    limits: Limits
    argv: tuple[str, ...] = ()
    module: str = ""
    args: tuple[str, ...] = ()
    inputs: Mapping[str, Path] = field(default_factory=dict)
    outputs: Sequence[OutputSpec] = ()
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    has_channel: bool = False
    seed: int = 0


class Channel(Protocol):
    """A framed byte pipe to the step: each frame is a 4-byte big-endian length and that many bytes."""

    def send(self, frame: bytes) -> None:
        """Send one frame. Raises `ConnectionError` when the step is gone."""

    def receive(self, timeout_s: float, max_bytes: int) -> bytes | None:
        """Return the next frame, or None when the step closed its side.

        Raises:
            TimeoutError: nothing came in time.
            ValueError: the frame announces more than `max_bytes`.
        """


class Sandbox(ABC):
    """A live sandbox that has not been given its step yet, or is running it."""

    id: str

    @abstractmethod
    def is_alive(self) -> bool:
        """Whether it still waits for its step and could run it."""

    @abstractmethod
    def start(self, step: Step) -> None:
        """Hand over the one step and return at once.

        Raises:
            ValueError: the step is malformed or asks for more than the profile's ceilings.
            SandboxError: infrastructure fault; the sandbox is unusable.
            RuntimeError: a step was already given.
        """

    @abstractmethod
    def channel(self) -> Channel:
        """Return the step's channel, waiting until the step connected or ended.

        Raises:
            ConnectionError: the step ended without connecting; see `wait()`.
        """

    @abstractmethod
    def wait(self) -> StepResult:
        """Wait for the end of the step (enforced from outside too, by wall time + grace).

        Raises:
            SandboxDied: it vanished and no limit explains it.
        """

    @abstractmethod
    def cancel(self) -> None:
        """End the step now; `wait()` then reports `Outcome.CANCELLED`. Safe from any thread."""

    @abstractmethod
    def destroy(self) -> None:
        """End it and remove every trace, the slow part of it in the background.

        Idempotent, never raises for a sandbox already gone. `Provider.close` waits for all removals.
        """

    def run(self, step: Step) -> StepResult:
        """`start`, `wait`, `destroy`."""
        try:
            self.start(step)
            return self.wait()
        finally:
            self.destroy()


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What a provider promises on this host, for `judge doctor`, the portal and receipts.

    Attributes:
        name: `docker` or `local`.
        version: of the engine or tool.
        is_weaker: True when some promise of the contract is not kept by the kernel.
        weaknesses: stable codes of promises not kept, e.g. `memory-per-process`,
            `no-cgroup`, `shared-kernel-userns`, `no-seccomp`. Texts live with the caller.
    """

    name: str
    version: str
    is_weaker: bool
    weaknesses: tuple[str, ...]


class Provider(ABC):
    """Makes sandboxes. One per worker process; thread-safe."""

    name: str

    @abstractmethod
    def report(self) -> ProviderReport:
        """Say what is promised here.

        Raises:
            ProviderUnavailable: nothing can run here; the message says what to install.
        """

    @abstractmethod
    def image_digest(self, image: str) -> str:
        """Return what identifies the runner image's contents (goes on the receipt).

        Raises:
            ImageMissing: it is not on this host.
        """

    @abstractmethod
    def create(self, profile: Profile) -> Sandbox:
        """Make a sandbox and return when its supervisor is ready (preloads imported).

        Raises:
            SandboxError: infrastructure fault.
        """

    @abstractmethod
    def sweep(self) -> int:
        """Remove what earlier processes of this owner left behind; return how many."""

    @abstractmethod
    def close(self) -> None:
        """Destroy everything this process made."""
