"""Whose fault it is that a sandbox could not do its work.

A participant's program that breaks a limit is *not* an error here: it is an `Outcome` in the
`StepResult` (see `sandboxes.results`). Exceptions are for infrastructure alone.

    SandboxError
    ├── ProviderUnavailable     no engine, no namespaces, forbidden by settings
    ├── ImageMissing            the runner image named by the profile is not there
    ├── LimitsUnmet             this host has less than the limits ask for (memory, cores, GPUs)
    │   └── GpusUnmet           … namely its engine cannot give a sandbox the GPUs that are there
    ├── GpuFault                a GPU is gone, or its driver does not answer
    ├── SandboxStartFailed      the provider refused or broke while starting
    ├── SandboxDied             it vanished for a reason no limit explains (engine restart, host OOM)
    └── ChannelProtocolError    the *trusted* side of a channel spoke nonsense
"""


class SandboxError(Exception):
    """Base of all infrastructure faults.

    Args:
        detail: for administrators; may hold paths and engine messages.
        is_retryable: whether the same step may succeed later or on another worker.
    """

    def __init__(self, detail: str, *, is_retryable: bool = True) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_retryable = is_retryable


class ProviderUnavailable(SandboxError):
    """The provider cannot run on this host at all."""


class ImageMissing(SandboxError):
    """The profile names a runner image that this host does not have."""


class LimitsUnmet(SandboxError):
    """This host cannot give what a profile asks for; another may. `detail` says what and how much."""


class GpusUnmet(LimitsUnmet):
    """This host's engine cannot give a sandbox these GPUs, whatever the driver says of them."""


class GpuFault(SandboxError):
    """A GPU is not there, fell off the bus, or its driver does not answer; never a participant's fault."""


class SandboxStartFailed(SandboxError):
    """The provider failed while making a sandbox."""


class SandboxDied(SandboxError):
    """The sandbox vanished and no limit explains it."""


class ChannelProtocolError(SandboxError):
    """The trusted side of a channel broke the protocol."""
