"""The provider for a host with a Docker engine: full hardening, the kernel's figures, warm starts."""

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import ImageNotFound, NotFound
from docker.models.containers import Container

from sandboxes.base import Profile, ProviderReport
from sandboxes.body import Body
from sandboxes.creators import Creator
from sandboxes.docker.container import (
    LABEL_CREATOR,
    LABEL_OWNER,
    LABEL_SLOT,
    DockerBody,
    container_name,
    options,
)
from sandboxes.docker.devices import add_devices, ask_less
from sandboxes.docker.engine import connect, engine_capacity, translated
from sandboxes.docker.images.store import IMAGE_PREFIX, ImageStore
from sandboxes.errors import GpusUnmet, ImageMissing, SandboxError
from sandboxes.gpus import Inventory, NoGpus, find_inventory
from sandboxes.manifests import Manifest
from sandboxes.sampling import GpuWatch
from sandboxes.slot_provider import SlotProvider
from sandboxes.slots import Slot, is_orphan
from sandboxes.users import UserPairs, has_wide_map

logger = logging.getLogger(__name__)

# They know every id of the host; others (gVisor) are given no more than a remapped engine has.
RUNTIMES_WITH_ALL_IDS = frozenset({"runc", "crun", "nvidia"})


class Docker(SlotProvider):
    """Makes sandboxes as containers.

    Args:
        owner: see `SlotProvider`.
        run_dir: see `SlotProvider`; the engine must see it at the same path.
        base_url: the engine's address; None takes the usual place.
        runtime: OCI runtime registered with the engine (`runsc`), or None for its default.
        inventory: the GPUs of this host; None looks for them when first asked for one.

    Raises:
        ProviderUnavailable: no engine answers.
    """

    name = "docker"

    def __init__(
        self,
        owner: str,
        run_dir: Path,
        base_url: str | None = None,
        runtime: str | None = None,
        inventory: Inventory | None = None,
    ) -> None:
        client = connect(base_url)
        try:
            with translated("asking the engine about itself"):
                info = client.info()
            super().__init__(owner, run_dir, engine_capacity(info, runtime))
        except BaseException:
            client.close()
            raise
        self.client = client
        self._images = ImageStore(self.client)
        self._runtime = runtime
        self._inventory = inventory
        self._users = UserPairs(is_wide=_has_all_ids(info, runtime))

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
        """Return the digest of the image's contents, the same for every build from the same inputs."""
        return self._images.digest(image)

    def manifest(self, image: str) -> Manifest:
        """See `Provider.manifest`."""
        return self._images.manifest(image)

    def has_image(self, image: str) -> bool:
        """Whether this host has a runner image."""
        try:
            self.image_digest(image)
        except ImageMissing:
            return False
        return True

    def _launch(self, slot: Slot, profile: Profile) -> DockerBody:
        lease = self._cores.lend(profile.limits.n_cpus)
        try:
            arguments = options(slot, profile, self._creator, lease.cores)
            with translated("asking the engine about its devices"):
                add_devices(arguments, profile.gpus, self.client.info() if profile.gpus else None)
            if self._runtime is not None:
                arguments["runtime"] = self._runtime
            container = self._run(profile.image, arguments)
            with translated("looking at a container"):
                return DockerBody(container, profile.limits, lease)
        except BaseException:
            lease.end()  # the container, if there is one, is found by its name when the slot is buried
            raise

    def _run(self, image: str, arguments: dict[str, Any]) -> Container:
        with translated("making a container"):
            try:
                container = self.client.containers.create(IMAGE_PREFIX + image, **arguments)
            except ImageNotFound as error:
                raise ImageStore.missing(image) from error
        try:
            with translated("starting a container"):
                container.start()
        except SandboxError as refusal:
            if not ask_less(arguments, refusal.detail):
                raise
            logger.warning("docker.ulimits_refused", extra={"reason": refusal.detail})
            with translated("removing a container that did not start"):
                container.remove(force=True, v=True)
            return self._run(image, arguments)
        return container

    def _watch_gpus(self, profile: Profile) -> GpuWatch | None:
        gpus = [gpu for gpu in profile.gpus if "=" not in gpu]  # the driver does not know CDI's names
        if not gpus:
            return None
        if self._inventory is None:
            self._inventory = find_inventory()
        if isinstance(self._inventory, NoGpus):
            raise GpusUnmet(f"this host has no NVIDIA driver, so no {', '.join(gpus)}")
        return GpuWatch(self._inventory, gpus, profile.gpu_memory_mib)

    def _setup(self, slot: Slot, profile: Profile) -> Mapping[str, Any]:
        uid = self._users.take(slot.id)
        return {"mounts": [], "participant_uid": uid, "supervisor_uid": uid + 1, "filter": ""}

    def _bury(self, slot: Slot, body: Body | None) -> None:
        slot.remove()
        with translated("removing a container"), contextlib.suppress(NotFound):
            if isinstance(body, DockerBody):
                body.bury()
            else:  # the engine may have made one although it never told us so
                self.client.api.remove_container(container_name(slot), v=True, force=True)
        self._users.give_back(slot.id)

    def sweep(self) -> int:
        """See `Provider.sweep`."""
        swept = set()
        with translated("listing containers"):
            found = self.client.containers.list(
                all=True, ignore_removed=True, filters={"label": f"{LABEL_OWNER}={self.owner}"}
            )
        for container in found:
            creator = Creator.from_json(container.labels.get(LABEL_CREATOR, ""))
            name = str(container.labels.get(LABEL_SLOT, container.name))
            if creator is None or not is_orphan(creator, name, self.owner):
                continue
            try:
                with translated("sweeping a container"), contextlib.suppress(NotFound):
                    container.remove(force=True, v=True)
                swept.add(name)
            except SandboxError as error:  # the next sweep tries again; the others shall not wait for it
                logger.warning("sweep_failed", extra={"slot": name, "reason": error.detail})
        return len(swept | self._sweep_slots())

    def _sweep_slot(self, path: Path) -> None:
        Slot.discard(path)

    def close(self) -> None:
        """See `Provider.close`."""
        super().close()
        with contextlib.suppress(SandboxError):  # an engine may have made one after we stopped waiting for it
            self.sweep()
        self.client.close()


def _has_all_ids(info: Mapping[str, Any], runtime: str | None) -> bool:
    """Whether containers can be any user of the host."""
    options = " ".join(map(str, info.get("SecurityOptions") or ()))
    is_mapped = "name=userns" in options or "name=rootless" in options
    known = (runtime or info.get("DefaultRuntime")) in RUNTIMES_WITH_ALL_IDS
    return known and not is_mapped and has_wide_map()
