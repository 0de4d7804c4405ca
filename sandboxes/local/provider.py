"""The provider for a machine with no engine: bubblewrap, a system-call filter, cgroups where allowed.

It is weaker than a container engine and says so. It refuses rather than run anything unconfined.
"""

import contextlib
import logging
import os
import secrets
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandboxes.base import Profile, ProviderReport
from sandboxes.body import Body
from sandboxes.capacity import of_this_host
from sandboxes.cgroups import CgroupTree
from sandboxes.creators import process_start
from sandboxes.limits import MIB
from sandboxes.local import images
from sandboxes.local.body import LocalBody
from sandboxes.local.bubblewrap import command_line, find_tool
from sandboxes.local.view import host_view
from sandboxes.manifests import Manifest
from sandboxes.policy import UNCOUNTED_MEMORY, compile_bpf
from sandboxes.slot_provider import SlotProvider
from sandboxes.slots import PREFIX, Slot
from sandboxes.users import UserPairs, has_wide_map

logger = logging.getLogger(__name__)

N_INODES = 16_384
SCRATCH = ("/tmp", "/job/out", "/dev/shm")  # noqa: S108 - the sandbox's own mounts
ETC_FILES = {
    "passwd": "root:x:0:0:root:/:/usr/sbin/nologin\njob:x:65534:65534:job:/tmp:/bin/sh\n",
    "group": "root:x:0:\njob:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


class Local(SlotProvider):
    """Makes sandboxes with bubblewrap, as root or as an ordinary user.

    Args:
        owner: see `SlotProvider`.
        run_dir: see `SlotProvider`.
        hidden: host folders that must be invisible inside, whatever they lie in.

    Raises:
        ProviderUnavailable: no sandbox can be built here; says what to do.
    """

    name = "local"

    def __init__(self, owner: str, run_dir: Path, hidden: Iterable[Path] = ()) -> None:
        super().__init__(owner, run_dir, of_this_host(is_raised_by_root=os.geteuid() == 0))
        self._view = host_view([*hidden, self.run_dir])
        self._tool = find_tool(self._view)
        tree = CgroupTree()
        self._groups = tree if self._tool.is_root and tree.is_usable() else None
        without = frozenset[str]() if self._groups else UNCOUNTED_MEMORY
        self._filter = compile_bpf(without)
        self._etc = self._write_etc()
        self._users = UserPairs(is_wide=has_wide_map())

    def report(self) -> ProviderReport:
        """See `Provider.report`."""
        weaknesses = ["shared-kernel", "host-environment-visible"]
        if not self._tool.is_root:
            weaknesses += ["shared-kernel-userns", "supervisor-shares-user"]
        if self._groups is None:
            weaknesses += ["no-cgroup", "memory-by-polling", "no-cpu-quota"]
        if self._filter is None:
            weaknesses.append("no-seccomp")
        return ProviderReport(self.name, f"bubblewrap {self._tool.version}", True, tuple(weaknesses))

    def image_digest(self, image: str) -> str:
        """Return a digest of the interpreter, every distribution and the programs the image stands for."""
        return f"local:{images.manifest(image).contents}"

    def manifest(self, image: str) -> Manifest:
        """See `Provider.manifest`."""
        return images.manifest(image)

    def _launch(self, slot: Slot, profile: Profile) -> LocalBody:
        images.require(profile.image)
        command = command_line(self._tool, self._view, slot, profile, self._etc)
        group, entries = None, list[Path]()
        if self._groups is not None:
            group = self._groups.make(slot.path.name, profile.limits)
            entries = self._groups.entry_files(slot.path.name)
        lease = self._cores.lend(profile.limits.n_cpus)
        try:
            return LocalBody(command, slot.path / "log", group, entries, lease)
        except BaseException:
            lease.end()
            raise

    def _setup(self, slot: Slot, profile: Profile) -> Mapping[str, Any]:
        uid = self._users.take(slot.id) if self._tool.is_root else None
        sizes = (profile.limits.scratch_mib, profile.limits.output_mib, profile.limits.shm_mib)
        return {
            "mounts": [
                {"path": path, "size": size * MIB, "inodes": N_INODES}
                for path, size in zip(SCRATCH, sizes, strict=True)
            ],
            "participant_uid": uid,
            "supervisor_uid": None if uid is None else uid + 1,
            "filter": self._filter.hex() if self._filter else "",
        }

    def _bury(self, slot: Slot, body: Body | None) -> None:
        if isinstance(body, LocalBody):
            body.bury()
        if self._groups is not None:
            self._groups.remove(slot.path.name)
        slot.remove()
        self._users.give_back(slot.id)

    def sweep(self) -> int:
        """See `Provider.sweep`."""
        n_swept = super().sweep()
        return n_swept + (self._groups.sweep(PREFIX) if self._groups is not None else 0)

    def _sweep_slot(self, path: Path) -> None:
        with contextlib.suppress(OSError, ValueError):
            pid, start = (path / "pid").read_text(encoding="ascii").split()
            if process_start(int(pid)) == start:
                os.kill(int(pid), signal.SIGKILL)
        if self._groups is not None:
            try:
                self._groups.remove(path.name)
            except OSError as error:  # the folder stays, so that the next sweep comes back for it
                logger.warning("sweep_failed", extra={"slot": path.name, "reason": str(error)})
                return
        Slot.discard(path)

    def _write_etc(self) -> Path:
        folder = self.run_dir / "etc"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        for name, text in ETC_FILES.items():
            # Written aside and moved: another process of this worker may be binding it just now.
            fresh = folder / f"{PREFIX}{secrets.token_hex(4)}"
            fresh.write_text(text, encoding="ascii")
            fresh.chmod(0o444)
            fresh.replace(folder / name)
        return folder
