"""Runs every static check, all of them even when one fails, and ends with a table: what `make check` does."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
CHECKS = {
    "ruff": ["ruff", "check", "--quiet", "."],
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
    "templates": ["djlint", "web/templates", "--lint", "--quiet"],
    "spelling": ["codespell", "."],
    "migrations": ["judge", "db", "check"],
}


def main() -> int:
    """Run the checks. Returns 1 if any failed."""
    results: list[tuple[str, bool, float]] = []
    for name, command in CHECKS.items():
        began = time.monotonic()
        sys.stdout.write(f"check: {name}\n")
        sys.stdout.flush()
        results.append((name, run(name, command), time.monotonic() - began))
    for name, passed, seconds in results:
        sys.stdout.write(f"  {'ok    ' if passed else 'FAILED'} {name:<12} {seconds:5.1f} s\n")
    return 0 if all(passed for _, passed, _ in results) else 1


def run(name: str, command: list[str]) -> bool:
    """Run one check; the migrations are tried on an empty database of their own."""
    words = [str(BIN / command[0]), *command[1:]]
    if name != "migrations":
        return subprocess.run(words, cwd=ROOT, check=False).returncode == 0
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "JUDGE_HOME": home}
        upgrade = subprocess.run(
            [str(BIN / "judge"), "db", "upgrade"], env=environment, cwd=ROOT, check=False
        )
        return (
            upgrade.returncode == 0
            and subprocess.run(words, env=environment, cwd=ROOT, check=False).returncode == 0
        )


if __name__ == "__main__":
    sys.exit(main())
