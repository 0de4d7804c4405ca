"""Whose fault an engine's error is. Pure: status and text in, typed error out.

The engine answers 500 for many things that are the administrator's to mend and 400 for limits that the
host cannot meet, so the text decides. Texts are those of Docker 20.10 to 28; an unknown one is an
infrastructure fault worth a retry, since blaming a participant for it would be worse.
"""

import re

from sandboxes.errors import (
    GpuFault,
    GpusUnmet,
    ImageMissing,
    LimitsUnmet,
    ProviderUnavailable,
    SandboxError,
    SandboxStartFailed,
)

# Pattern, error, whether a retry may help, what to do about it.
_KNOWN: tuple[tuple[str, type[SandboxError], bool, str], ...] = (
    (r"no such image|pull access denied|invalid reference format", ImageMissing, False,
     "build the runner image"),
    (r"permission denied.*docker\.sock", ProviderUnavailable, False, "join the docker group"),
    (r"no space left on device|disk quota exceeded", SandboxStartFailed, True, "the engine's disk is full"),
    (r"could not select device driver", GpusUnmet, True,
     "the engine has no NVIDIA driver: install NVIDIA's container toolkit and restart it"),
    (r"unresolvable cdi|cdi device injection failed", GpusUnmet, True, "the engine knows no such device"),
    (r"nvidia-container-(cli|runtime)|nvml error", GpuFault, True, "NVIDIA's container tools refused"),
    (r"range of cpus is from|only \d+ cpus available|requested cpus are not available", LimitsUnmet, True,
     "too few cores here"),
    (r"minimum memory limit", LimitsUnmet, True, "the memory limit is below the engine's minimum"),
    (r"unknown runtime|invalid runtime", ProviderUnavailable, True, "register the OCI runtime"),
    (r"bind source path does not exist|mounts denied", SandboxStartFailed, False,
     "the engine does not see this host's folders: it must run on the worker's own host"),
    (r"no such container|is not running|marked for removal", SandboxStartFailed, True,
     "it was removed by someone else"),
    (r"removal of container .* already in progress", SandboxStartFailed, True, "it is being removed"),
    (r"cannot connect to the docker daemon|connection (refused|aborted)|no such file or directory.*sock",
     ProviderUnavailable, True, "start the engine"),
)  # fmt: skip


def classify(status: int | None, text: str, doing: str) -> SandboxError:
    """Turn an engine's error into ours.

    Args:
        status: HTTP status, or None if the engine did not answer at all.
        text: its explanation.
        doing: what was attempted, for the message.
    """
    for pattern, error, is_retryable, advice in _KNOWN:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            return error(f"{doing}: {text} ({advice})", is_retryable=is_retryable)
    if status is None:
        return ProviderUnavailable(f"{doing}: the engine does not answer: {text}")
    return SandboxStartFailed(f"{doing}: engine answered {status}: {text}")
