"""Says honestly when submissions run in a sandbox that is weaker than the promised one."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext

from judge.clock import utc_now
from judge.services import workers
from web.context import runtime

WEAKNESSES = {
    "no-cgroup": lazy_gettext("memory and processes are not limited by the kernel for the whole sandbox"),
    "memory-per-process": lazy_gettext("memory is limited per process, not for the whole sandbox"),
    "shared-kernel-userns": lazy_gettext("the sandbox is a user namespace of the host's kernel"),
    "shared-kernel": lazy_gettext("the sandbox shares the kernel of the host"),
    "host-environment-visible": lazy_gettext("programs of the host can be seen, though not changed"),
    "memory-by-polling": lazy_gettext("memory is watched, not capped"),
    "supervisor-shares-user": lazy_gettext("the program that watches a submission runs as the same user"),
    "no-cpu-quota": lazy_gettext("processor cores are not capped"),
    "no-memory-limit": lazy_gettext("the engine cannot cap memory"),
    "no-pids-limit": lazy_gettext("the engine cannot cap processes"),
    "no-seccomp": lazy_gettext("system calls are not filtered"),
}


@dataclass(frozen=True, slots=True)
class SandboxNotice:
    """Which provider ran something and what it does not promise.

    Attributes:
        name: `docker` or `local`.
        is_weaker: whether some promise is not kept.
        weaknesses: the promises not kept, in the reader's language.
    """

    name: str
    is_weaker: bool
    weaknesses: tuple[str, ...]


def present_sandbox(report: Mapping[str, object] | None) -> SandboxNotice | None:
    """Return the notice for a provider's report.

    Args:
        report: `name`, `is_weaker` and `weaknesses` as a receipt or a worker's heartbeat holds them.
    """
    if not report:
        return None
    codes = report.get("weaknesses") or ()
    named = [str(code) for code in codes] if isinstance(codes, list | tuple) else []
    texts = tuple(str(WEAKNESSES.get(code) or code) for code in named)
    name = str(report.get("name") or report.get("provider") or gettext("unknown"))
    return SandboxNotice(name, bool(report.get("is_weaker")), texts)


def site_notice() -> SandboxNotice | None:
    """Return the notice for the whole site: a weaker sandbox of any worker alive, or None."""
    with runtime().database.read() as session:
        hosts = workers.list_workers(session, now=utc_now())
        notices = [present_sandbox(host.sandbox) for host in hosts]
    return next((notice for notice in notices if notice and notice.is_weaker), None)
