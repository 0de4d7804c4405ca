"""What providers have in common: slots, the handshake, the list of the living, removal, sweeping."""

import socket
import threading
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sandboxes.base import Profile, Provider, Sandbox
from sandboxes.body import Body
from sandboxes.brake import Brake
from sandboxes.burial import Burials, Undertaker
from sandboxes.capacity import Capacity
from sandboxes.checks import check_profile
from sandboxes.cores import CoreLender
from sandboxes.creators import Creator
from sandboxes.errors import LimitsUnmet, ProviderUnavailable, SandboxStartFailed
from sandboxes.sampling import GpuWatch
from sandboxes.session import LiveSandbox, shake_hands
from sandboxes.slots import IN_USE, Slot, leftovers


class SlotProvider(Provider):
    """A provider that puts a slot folder behind every sandbox.

    Args:
        owner: name of this worker service, unique on the host; processes that share it do not
            sweep one another.
        run_dir: folder for slots, made if missing; best on the file system of the blob store, so
            that inputs can be linked.
        capacity: the most that one sandbox could have here.
    """

    def __init__(self, owner: str, run_dir: Path, capacity: Capacity) -> None:
        self.owner = owner
        self.run_dir = run_dir.absolute()
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.capacity = capacity
        self._cores = CoreLender(capacity.cores)
        self._creator = Creator.current(owner)
        self._undertaker = Undertaker(self._is_busy)
        self._lock = threading.Lock()
        self._living: dict[str, LiveSandbox] = {}
        self._bodies: dict[str, Body] = {}
        self._is_closed = False

    def create(self, profile: Profile, brake: Brake | None = None) -> LiveSandbox:
        """See `Provider.create`. Raises ValueError for a profile that makes no sense."""
        check_profile(profile)
        self.capacity.check(profile.limits)
        if self._is_closed:
            raise ProviderUnavailable("the provider was closed")
        try:
            slot = Slot(self.run_dir, self._creator)
        except OSError as error:
            raise SandboxStartFailed(f"cannot make a slot in {self.run_dir}: {error}") from error
        sandbox = self._start(slot, profile, brake)
        with self._lock:
            self._living[sandbox.id] = sandbox
        if self._is_closed:
            sandbox.destroy()
            raise ProviderUnavailable("the provider was closed")
        return sandbox

    def _start(self, slot: Slot, profile: Profile, brake: Brake | None) -> LiveSandbox:
        body: Body | None = None
        try:
            gpus = self._watch_gpus(profile)
            listener = slot.listen("ctl.sock")
            try:
                body = self._launch(slot, profile)
                if brake is not None:
                    brake.attach(body)
                setup = {"preload": list(profile.preload), **self._setup(slot, profile)}
                control = shake_hands(listener, body, setup)
            finally:
                if brake is not None:
                    brake.detach()
                slot.unlisten(listener, "ctl.sock")
        except BaseException as error:
            if body is not None:
                body.kill()
            self._submit(slot, body)
            if isinstance(error, OSError):
                raise SandboxStartFailed(f"cannot start a sandbox: {error}") from error
            raise
        with self._lock:
            self._bodies[slot.id] = body
        return LiveSandbox(slot, profile, body, control, partial(self._forget, slot, body, control), gpus)

    def footprint_mib(self, sandbox: Sandbox) -> float | None:
        """See `Provider.footprint_mib`."""
        with self._lock:
            body = self._bodies.get(sandbox.id)
        return body.footprint_mib() if body is not None else None

    def _is_busy(self) -> bool:
        with self._lock:
            return any(sandbox.is_working() for sandbox in self._living.values())

    def _forget(self, slot: Slot, body: Body, control: socket.socket, may_wait: bool) -> None:
        with self._lock:
            self._living.pop(slot.id, None)
            self._bodies.pop(slot.id, None)
        self._submit(slot, body, control, may_wait=may_wait)

    def _submit(
        self, slot: Slot, body: Body | None, control: socket.socket | None = None, *, may_wait: bool = False
    ) -> None:
        removal = partial(self._inter, slot, body, control)
        self._undertaker.submit(removal, slot.id, may_wait=may_wait)

    def _inter(self, slot: Slot, body: Body | None, control: socket.socket | None) -> None:
        if control is not None:
            control.close()
        if body is not None:
            body.kill()
        self._bury(slot, body)
        IN_USE.discard(slot.id)

    def burials(self) -> Burials:
        """Say how the removal of sandboxes goes; a number that fails and grows is an engine in trouble."""
        return self._undertaker.report()

    def _watch_gpus(self, profile: Profile) -> GpuWatch | None:
        """Return the watch of a profile's GPUs, None if it asks for none.

        Raises:
            LimitsUnmet: this provider, or this host, has none to give.
            GpuFault: one of them does not answer.
        """
        if profile.gpus:
            raise LimitsUnmet(f"the {self.name} provider gives no GPUs to a sandbox: Docker is needed")
        return None

    @abstractmethod
    def _launch(self, slot: Slot, profile: Profile) -> Body:
        """Start the supervisor; it will connect to the slot's control socket."""

    @abstractmethod
    def _setup(self, slot: Slot, profile: Profile) -> Mapping[str, Any]:
        """Say how the supervisor shall lock itself down."""

    @abstractmethod
    def _bury(self, slot: Slot, body: Body | None) -> None:
        """Remove every trace of one sandbox. Idempotent; what it raises has it called again later."""

    @abstractmethod
    def _sweep_slot(self, path: Path) -> None:
        """Remove what belongs to a leftover slot folder, and the folder."""

    def sweep(self) -> int:
        """See `Provider.sweep`."""
        return len(self._sweep_slots())

    def _sweep_slots(self) -> set[str]:
        found = leftovers(self.run_dir, self.owner)
        for path in found:
            self._sweep_slot(path)
        return {path.name for path in found}

    def settle(self, patience_s: float = 30.0) -> bool:
        """Wait until everything destroyed so far is removed; return whether it is."""
        return self._undertaker.drain(patience_s)

    def close(self) -> None:
        """See `Provider.close`."""
        self._is_closed = True
        with self._lock:
            living = list(self._living.values())
        for sandbox in living:
            sandbox.destroy()
        self._undertaker.close()
