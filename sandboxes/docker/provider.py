"""The provider for a host with a Docker engine: full hardening, the kernel's figures, warm starts."""

import contextlib
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import ImageNotFound, NotFound

from sandboxes.base import Profile, ProviderReport
from sandboxes.body import Body
from sandboxes.creators import Creator
from sandboxes.docker.container import LABEL_CREATOR, LABEL_OWNER, LABEL_SLOT, DockerBody, options
from sandboxes.docker.engine import connect, translated
from sandboxes.errors import ImageMissing
from sandboxes.slot_provider import SlotProvider
from sandboxes.slots import Slot

IMAGE_PREFIX = "openmodels-judge/runner-"
# Within the 65,536 ids that a remapped engine has, and apart from the users of ordinary systems.
# Each sandbox has a pair, the participant's and the supervisor's.
FIRST_UID, N_PAIRS = 20_000, 20_000


class Docker(SlotProvider):
    """Makes sandboxes as containers.

    Args:
        owner: see `SlotProvider`.
        run_dir: see `SlotProvider`; the engine must see it at the same path.
        base_url: the engine's address; None takes the usual place.
        runtime: OCI runtime registered with the engine (`runsc`), or None for its default.

    Raises:
        ProviderUnavailable: no engine answers.
    """

    name = "docker"

    def __init__(
        self, owner: str, run_dir: Path, base_url: str | None = None, runtime: str | None = None
    ) -> None:
        super().__init__(owner, run_dir)
        self.client = connect(base_url)
        self._runtime = runtime
        self._uids: dict[str, int] = {}
        self._uid_lock = threading.Lock()

    def report(self) -> ProviderReport:
        """See `Provider.report`."""
        with translated("asking the engine about itself"):
            info = self.client.info()
        weaknesses = []
        if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
            weaknesses.append("no-seccomp")
        for key, code in (
            ("MemoryLimit", "no-memory-limit"),
            ("PidsLimit", "no-pids-limit"),
            ("CpuCfsQuota", "no-cpu-quota"),
        ):
            if not info.get(key):
                weaknesses.append(code)
        version = f"Docker {info['ServerVersion']}, {self._runtime or info.get('DefaultRuntime', 'runc')}"
        return ProviderReport(self.name, version, bool(weaknesses), tuple(weaknesses))

    def image_digest(self, image: str) -> str:
        """Return the engine's digest of the image's configuration and layers."""
        with translated(f"looking for image {image}"):
            try:
                return f"docker:{self.client.images.get(IMAGE_PREFIX + image).id}"
            except ImageNotFound as error:
                raise _missing(image) from error

    def has_image(self, image: str) -> bool:
        """Whether this host has a runner image."""
        try:
            self.image_digest(image)
        except ImageMissing:
            return False
        return True

    def _launch(self, slot: Slot, profile: Profile) -> DockerBody:
        arguments = options(slot, profile, self._creator)
        if self._runtime is not None:
            arguments["runtime"] = self._runtime
        with translated("making a container"):
            try:
                container = self.client.containers.create(IMAGE_PREFIX + profile.image, **arguments)
            except ImageNotFound as error:
                raise _missing(profile.image) from error
        try:
            with translated("starting a container"):
                container.start()
                return DockerBody(container, profile.limits)
        except BaseException:
            with translated("removing a container that did not start"), contextlib.suppress(NotFound):
                container.remove(force=True, v=True)
            raise

    def _setup(self, slot: Slot, profile: Profile) -> Mapping[str, Any]:
        uid = self._take_pair(slot.id)
        return {"mounts": [], "participant_uid": uid, "supervisor_uid": uid + 1, "filter": ""}

    def _bury(self, slot: Slot, body: Body | None) -> None:
        try:
            if isinstance(body, DockerBody):
                with translated("removing a container"):
                    body.bury()
        finally:
            slot.remove()
            with self._uid_lock:
                self._uids.pop(slot.id, None)

    def _take_pair(self, slot_id: str) -> int:
        with self._uid_lock:
            taken = set(self._uids.values())
            while (uid := FIRST_UID + 2 * secrets.randbelow(N_PAIRS)) in taken:
                pass
            self._uids[slot_id] = uid
            return uid

    def sweep(self) -> int:
        """See `Provider.sweep`."""
        swept = set()
        with translated("listing containers"):
            found = self.client.containers.list(
                all=True, ignore_removed=True, filters={"label": f"{LABEL_OWNER}={self.owner}"}
            )
        for container in found:
            creator = Creator.from_json(container.labels.get(LABEL_CREATOR, ""))
            if creator is not None and creator.is_gone():
                with translated("sweeping a container"), contextlib.suppress(NotFound):
                    container.remove(force=True, v=True)
                swept.add(container.labels.get(LABEL_SLOT, container.name))
        return len(swept | self._sweep_slots())

    def _sweep_slot(self, path: Path) -> None:
        Slot.discard(path)

    def close(self) -> None:
        """See `Provider.close`."""
        super().close()
        self.client.close()


def _missing(image: str) -> ImageMissing:
    return ImageMissing(
        f"runner image {image!r} is not on this host: build it: `python -m sandboxes.docker.images {image}`",
        is_retryable=False,
    )
