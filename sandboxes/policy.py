"""One system-call policy for both providers, derived from Docker's own default allow-list.

`seccomp.json` is the unconditional part of moby/profiles' default (Apache-2.0, commit b985e2313a86 of
moby/moby), less what no judged program needs: ptrace and its relatives, keyrings, io_uring, secret and
foreign memory, handles, Landlock, clock adjustment, memory policy, and inotify (it tells when a neighbour
opens a file that both can see). Namespaces cannot be made (clone is masked, clone3 is ENOSYS so that libc
falls back), sockets exist only for the Unix, inet and netlink families, and limits of other processes
cannot be touched (prlimit64 only on oneself).
"""

import json
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

PROFILE = Path(__file__).with_name("seccomp.json")
EPERM = 1
# Kernel memory that belongs to no process and no tmpfs of ours: without a cgroup nothing counts it.
UNCOUNTED_MEMORY = frozenset({"memfd_create", "shmget", "msgget", "mq_open"})


@cache
def docker_profile() -> str:
    """Return the policy as Docker's `seccomp=` option takes it."""
    return json.dumps(json.loads(PROFILE.read_text(encoding="utf-8")))


def _library() -> Any:  # noqa: ANN401 - the binding has no types
    try:
        return import_module("pyseccomp")
    except (ImportError, RuntimeError, OSError, TypeError):  # without libseccomp.so it breaks in its own ways
        return None


def compile_bpf(without: frozenset[str] = frozenset()) -> bytes | None:
    """Compile the policy for this machine.

    Args:
        without: system calls to refuse although the policy allows them.

    Returns:
        Classic BPF, or None where libseccomp or its binding is missing.
    """
    library = _library()
    if library is None:
        return None
    profile = json.loads(PROFILE.read_text(encoding="utf-8"))
    wanted = library.SyscallFilter(library.ERRNO(profile["defaultErrnoRet"]))
    for rule in profile["syscalls"]:
        action = library.ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else library.ERRNO(rule["errnoRet"])
        for name in rule["names"]:
            if name not in without:
                _add(library, wanted, action, name, rule["args"])
    with tempfile.TemporaryFile() as file:
        wanted.export_bpf(file)
        file.seek(0)
        return file.read()


def _add(library: Any, wanted: Any, action: int, name: str, conditions: list[dict[str, Any]]) -> None:  # noqa: ANN401
    try:
        number = library.resolve_syscall(library.Arch.NATIVE, name)
    except (ValueError, OSError):
        return
    if number < 0:  # a call of other architectures, or newer than this libseccomp: stays refused
        return
    arguments = []
    for condition in conditions:
        operator = {"SCMP_CMP_EQ": library.EQ, "SCMP_CMP_MASKED_EQ": library.MASKED_EQ}[condition["op"]]
        arguments.append(library.Arg(condition["index"], operator, condition["value"], condition["valueTwo"]))
    wanted.add_rule(action, number, *arguments)
