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

from sandboxes.brake import Brake
from sandboxes.limits import Limits
from sandboxes.manifests import Manifest
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
        gpus: ids of leased GPUs (`GPU-…` or `MIG-…` UUIDs, or CDI names); the sandbox sees these alone.
            A profile with GPUs is never kept warm: a lease is one judgement's.
        gpu_memory_mib: what the step may have in use on each of them; None for all there is. Looked at a few
            times a second, so it may be exceeded for as long.
    """

    image: str
    limits: Limits
    preload: tuple[str, ...] = ()
    is_trusted: bool = False
    code: tuple[tuple[str, Path], ...] = ()
    gpus: tuple[str, ...] = ()
    gpu_memory_mib: int | None = None


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
        outputs: what to bring back: at most 100 files, 128 folders deep, and together no larger than
            `limits.output_mib`.
        stdin: bytes, at most 64 MiB.
        env: extra variables. Never secrets. With the command line and the outputs' names at most 128 KiB.
        limits: for this step; each field at most the profile's.
        has_channel: whether `/job/chan` is offered; the caller then uses `Sandbox.channel()`.
        has_stdio_channel: stdin and stdout of the first process are one connection to the host, raw
            bytes, for `Sandbox.stdio()`; nothing of stdout is captured then, and `stdin` must be empty.
        has_live_output: what it writes to stdout and stderr can be read by `Sandbox.output` while it runs.
        has_cases: the step is a series of test cases, each given by `Sandbox.run_case` and run in a
            process of its own; `argv` and `module` are then empty, `limits` bound the whole series.
        executables: names in `inputs` that get mode 0555 (a compiled program).
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
    has_stdio_channel: bool = False
    has_live_output: bool = False
    has_cases: bool = False
    executables: frozenset[str] = frozenset()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One test case of a step with `has_cases`: a fresh process, its own limits, its own report.

    Before it starts every process of the case before is gone and `/tmp`, `/job/out` and `/dev/shm` are
    empty; the files of other cases are not there to be read.

    Attributes:
        argv: command line; executed, never forked from a warm interpreter, so that no memory of ours
            or of another case is in its address space.
        limits: each field at most the step's.
        stdin: bytes, at most 64 MiB.
        inputs: name under `/job/in` → host file, there for this case alone.
        outputs: what to bring back; at most 16 files.
        env: extra variables.
    """

    argv: tuple[str, ...]
    limits: Limits
    stdin: bytes = b""
    inputs: Mapping[str, Path] = field(default_factory=dict)
    outputs: Sequence[OutputSpec] = ()
    env: Mapping[str, str] = field(default_factory=dict)


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


class Stream(Protocol):
    """Raw bytes to and from a step whose stdin and stdout are the channel."""

    def send(self, body: bytes) -> None:
        """Send all of it. Raises `ConnectionError` when the step is gone."""

    def receive(self, timeout_s: float, max_bytes: int) -> bytes | None:
        """Return what came, at least one and at most `max_bytes` bytes; None when the step closed its side.

        Raises:
            TimeoutError: nothing came in time.
        """

    def close_send(self) -> None:
        """Let the step read the end of its standard input. Idempotent."""


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
    def stdio(self) -> Stream:
        """Return the connection to the step's stdin and stdout, for `has_stdio_channel`."""

    @abstractmethod
    def output(self, timeout_s: float) -> bytes | None:
        """Return what the step wrote to stdout and stderr since the last call, for `has_live_output`.

        At least one byte; both streams in the order in which they were read. `wait` brings all of it again.

        Returns:
            None once the step is over and everything was returned.

        Raises:
            TimeoutError: it wrote nothing in time.
            RuntimeError: the step has no live output, or none was started.
        """

    @abstractmethod
    def run_case(self, case: Case) -> StepResult:
        """Run one test case of a step with `has_cases` and return what it did.

        The result's `wall_time_s` counts the case's own process, not its preparation. Limits of the
        whole step end the case too and are then the outcome of `wait()`.

        Raises:
            ValueError: malformed, or asks for more than the step's limits.
            SandboxDied: the sandbox vanished; the rest of the series needs another.
            RuntimeError: the step is not a series of cases, or it is over.
        """

    @abstractmethod
    def end_cases(self) -> None:
        """Say that no further case comes; `wait()` then returns the series' totals. Idempotent."""

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
    def manifest(self, image: str) -> Manifest:
        """List what a runner image holds, for contestants.

        Raises:
            ImageMissing: it is not on this host.
        """

    @abstractmethod
    def create(self, profile: Profile, brake: Brake | None = None) -> Sandbox:
        """Make a sandbox and return when its supervisor is ready (preloads imported).

        Args:
            profile: what it is made of.
            brake: holds it up while it is being made for stock; None makes it at full speed.

        Raises:
            SandboxError: infrastructure fault.
        """

    def footprint_mib(self, sandbox: Sandbox) -> float | None:
        """Return how much memory a sandbox of this provider holds while it waits; None if unknown."""
        return None

    @abstractmethod
    def sweep(self) -> int:
        """Remove what earlier processes of this owner left behind; return how many."""

    @abstractmethod
    def close(self) -> None:
        """Destroy everything this process made."""
