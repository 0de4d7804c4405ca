"""GPUs in words: what a problem asks for, and what a submission waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

if TYPE_CHECKING:
    from judge.services.seating import Waiting

MIB_PER_GIB = 1024


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Why a queued submission does not begin, beside its turn.

    Attributes:
        code: stable word, `gpu-offline` or `gpu-busy`.
        text: in the reader's language.
        params: numbers and words of it.
    """

    code: str
    text: str
    params: dict[str, Any]


def gpu_text(count: int, memory_mib: int | None, kind: str | None) -> str:
    """Return what is asked for, e.g. `2 × A100 with 40 GiB`."""
    name = kind or gettext("GPU")
    if memory_mib is None:
        return f"{count} × {name}"
    size = f"{memory_mib / MIB_PER_GIB:.3g} GiB" if memory_mib >= MIB_PER_GIB else f"{memory_mib} MiB"
    return str(gettext("%(count)d × %(name)s with %(size)s", count=count, name=name, size=size))


def present_gpu_rule(gpu: Mapping[str, Any]) -> str:
    """Return a problem's demand for people."""
    asked = gpu_text(int(gpu.get("count", 1)), gpu.get("memory_mib"), gpu.get("kind"))
    if gpu.get("need") == "preferred":
        return str(gettext("%(gpus)s, else the CPU", gpus=asked))
    return asked


def present_waiting(waiting: "Waiting | None") -> WaitingLine | None:
    """Return the line for a submission that waits for GPUs."""
    if waiting is None:
        return None
    request = waiting.request
    asked = gpu_text(request.count, request.memory_mib, request.kind)
    params = {
        "count": request.count,
        "memory_mib": request.memory_mib,
        "kind": request.kind,
        "need": waiting.need,
    }
    if waiting.code == "gpu-offline":
        text = gettext("Waiting for a GPU worker (needs %(gpus)s); none is online.", gpus=asked)
    elif waiting.need == "preferred":
        text = gettext("Waiting a moment for a free GPU (%(gpus)s); else it runs on the CPU.", gpus=asked)
    else:
        text = gettext("Waiting for a free GPU (needs %(gpus)s).", gpus=asked)
    return WaitingLine(waiting.code, str(text), params)
