"""Says honestly when submissions run in a sandbox that is weaker than the promised one."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from judge.clock import utc_now
from judge.messages import WEAKNESSES
from judge.services import workers
from web.context import runtime


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
    texts = tuple(gettext(WEAKNESSES[code]) if code in WEAKNESSES else code for code in named)
    name = str(report.get("name") or report.get("provider") or gettext("unknown"))
    return SandboxNotice(name, bool(report.get("is_weaker")), texts)


def site_notice() -> SandboxNotice | None:
    """Return the notice for the whole site: a weaker sandbox of any worker alive, or None."""
    with runtime().database.read() as session:
        hosts = workers.list_workers(session, now=utc_now())
        notices = [present_sandbox(host.sandbox) for host in hosts]
    return next((notice for notice in notices if notice and notice.is_weaker), None)
