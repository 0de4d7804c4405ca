import pytest

from sandboxes.docker.failure import classify
from sandboxes.errors import (
    GpuFault,
    GpusUnmet,
    ImageMissing,
    LimitsUnmet,
    ProviderUnavailable,
    SandboxStartFailed,
)


@pytest.mark.parametrize(
    ("status", "text", "error", "is_retryable"),
    [
        (404, "No such image: openmodels-judge/runner-x:latest", ImageMissing, False),
        (400, "invalid reference format", ImageMissing, False),
        (500, "mkdir /var/lib/docker/overlay2/x: no space left on device", SandboxStartFailed, True),
        (
            400,
            "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available",
            LimitsUnmet,
            True,
        ),
        (400, "Requested CPUs are not available - requested 7, available: 0-1", LimitsUnmet, True),
        (400, "Minimum memory limit allowed is 6MB", LimitsUnmet, True),
        (500, "write /var/lib/docker/x: disk quota exceeded", SandboxStartFailed, True),
        (409, "removal of container abc is already in progress", SandboxStartFailed, True),
        (409, "container is marked for removal and cannot be started", SandboxStartFailed, True),
        (500, 'could not select device driver "" with capabilities: [[gpu]]', GpusUnmet, True),
        (500, "CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=7", GpusUnmet, True),
        (500, "hook #0: stderr: nvidia-container-cli: device error: GPU-7: unknown device", GpuFault, True),
        (400, "Unknown runtime specified runsc", ProviderUnavailable, True),
        (404, "No such container: abc", SandboxStartFailed, True),
        (
            None,
            "('Connection aborted.', ConnectionRefusedError(111, 'Connection refused'))",
            ProviderUnavailable,
            True,
        ),
        (None, "read timed out", ProviderUnavailable, True),
        (500, "something nobody has seen", SandboxStartFailed, True),
    ],
)
def test_errors_of_engines(status, text, error, is_retryable):
    found = classify(status, text, "starting a container")
    assert type(found) is error
    assert found.is_retryable is is_retryable
    assert text in found.detail
    assert found.detail.startswith("starting a container: ")
