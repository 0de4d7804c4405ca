"""Last step of a build, inside the container: makes the tree reproducible and says what it holds.

What differs between two builds from the same packages is removed (logs, caches, backups, the machine's
name) or made again in a way that does not depend on the moment (compiled Python). Prints one line of
JSON: the packages with versions and licences, and the digest of the contents.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contents  # type: ignore[import-not-found,unused-ignore]

# Emptied folders, then files; patterns below /.
EMPTIED = (
    "tmp",
    "run",
    "var/tmp",
    "var/log",
    "var/cache",
    "var/lib/apt/lists",
    "root/.cache",
    "job/out",
    "etc/apt/sources.list.d",
)
# The keystore is made of random salts and of no use without a network.
REMOVED = (
    "etc/*-", "var/lib/dpkg/*-old", "etc/ssl/certs/java/cacerts", "etc/.pwd.lock", "var/lib/dbus/machine-id",
    "var/lib/apt/extended_states", "var/lib/apt/daily_lock", "var/lib/dpkg/lock*", "var/lib/apt/lists/lock",
)  # fmt: skip
COMPILED = ("/usr/lib/python3*", "/usr/local/lib/python3*")
# A fixed number, not one per core: what the compiler writes for a file may depend on the files before it.
N_COMPILERS = 4
COMPILE = (
    "import py_compile, sys\n"
    "mode = py_compile.PycInvalidationMode.UNCHECKED_HASH\n"
    "for path in sys.stdin.read().split('\\0'):\n"
    "    try: py_compile.compile(path, doraise=True, invalidation_mode=mode, quiet=2)\n"
    "    except (py_compile.PyCompileError, OSError): pass\n"  # templates and specimens of bad syntax
)


def clean() -> None:
    """Remove what differs from build to build, what nobody needs, and what grants rights."""
    for name in EMPTIED:
        for path in Path("/", name).glob("*") if Path("/", name).is_dir() else ():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for pattern in REMOVED:
        for path in Path("/").glob(pattern):
            path.unlink()
    Path("/etc/machine-id").write_text("", encoding="ascii")
    # Where the packages came from depends on where it was built, and nobody gets any from in there.
    Path("/etc/apt/sources.list").write_text("", encoding="ascii")
    command = ["find", "/", "-xdev", "-perm", "/6000", "-type", "f", "-exec", "chmod", "a-s", "{}", "+"]
    subprocess.run(command, check=True)
    subprocess.run(["ldconfig", "-X"], check=False)
    shutil.rmtree("/var/cache/ldconfig", ignore_errors=True)


def compile_python() -> None:
    """Compile every module so that it neither looks at its source again nor depends on the moment.

    An uncompiled torch imports twice as slowly, and the root is read-only later.
    """
    for cache in list(Path("/usr").rglob("__pycache__")) + list(Path("/etc").rglob("__pycache__")):
        shutil.rmtree(cache)
    found = sorted(
        str(path)
        for pattern in COMPILED
        for folder in Path("/").glob(pattern.lstrip("/"))
        if not folder.is_symlink()
        for path in folder.rglob("*.py")
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    running = []
    for first in range(N_COMPILERS):
        process = subprocess.Popen(
            [sys.executable, "-B", "-S", "-c", COMPILE], stdin=subprocess.PIPE, env=environment
        )
        running.append((process, "\0".join(found[first::N_COMPILERS]).encode()))
    with ThreadPoolExecutor(N_COMPILERS) as pool:
        list(pool.map(lambda pair: pair[0].communicate(pair[1]), running))
    if any(process.returncode for process, _ in running):
        sys.exit("compiling Python modules failed")


def debian_packages() -> list[dict[str, str]]:
    """List Debian packages with the licences their copyright file names."""
    said = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${Version}\n"], check=True, capture_output=True, text=True
    ).stdout
    rows = sorted({tuple(line.split("\t")) for line in said.splitlines()})
    return [
        {"kind": "debian", "name": name, "version": version, "licence": debian_licence(name)}
        for name, version in rows
    ]


def debian_licence(name: str) -> str:
    """Return the licences of a package, where its copyright file is one a program can read."""
    try:
        text = Path("/usr/share/doc", name, "copyright").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = dict.fromkeys(re.findall(r"^License:[ \t]*(\S.{0,60})$", text, re.MULTILINE))
    return ", ".join(list(found)[:4]) + (", …" if len(found) > 4 else "")


def python_packages() -> list[dict[str, str]]:
    """List Python distributions."""
    rows = [
        {
            "kind": "python",
            "name": found.name,
            "version": found.version,
            "licence": python_licence(found.metadata),
        }
        for found in metadata.distributions()
    ]
    return sorted(rows, key=lambda row: row["name"].lower())


def python_licence(about: Any) -> str:  # noqa: ANN401 - a message of the standard library
    """Return a distribution's licence: the expression, else the classifiers, else a short text."""
    if about.get("License-Expression"):
        return str(about["License-Expression"])[:80]
    named = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    if named:
        return ", ".join(named)[:80]
    text = str(about.get("License") or "").strip()
    return text if len(text) <= 60 and "\n" not in text else ""


def main() -> None:
    """Finish the image and tell what it is."""
    packages = debian_packages() + python_packages()
    compile_python()
    clean()
    sys.stdout.write(json.dumps({"contents": contents.digest(), "packages": packages}) + "\n")


if __name__ == "__main__":
    main()
