"""Times a problem of 1,000 test cases, from the file to the verdict, against the bare processes.

    python tests/bench/bench_cases_problem.py [--cases 1000]

The baseline is `subprocess.run` of the same program on the same inputs, one after the other, right before.
What is timed is the whole judgement as a worker does it: compile, run every case, check every output.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from judge.worker.bench import DirectSource
from judge.worker.proving import check_example
from problems.loader import Package, load
from sandboxes.base import Provider
from sandboxes.select import select_provider
from tests.bench.live import providers

C = '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n * n); return 0; }\n'
PYTHON = "print(int(input()) ** 2)\n"
# Share of the bare processes' speed that judging must keep.
TARGETS = {"py": 0.5, "c": 0.1}
BOTH = {"en": "x", "zh": "十"}
MANIFEST = {
    **{"format": 1, "version": "1.0.0", "kind": "program", "image": "python"},
    **{"names": BOTH, "summary": BOTH, "licence": "CC0-1.0", "authors": ["us"]},
    "data": {"licence": "CC0-1.0", "source": BOTH},
    "submission": {"formats": ["py", "c"], "max_mib": 1},
    "program": {"cases": {}},
    "limits": {"execute": {"wall_time_s": 10, "cpu_time_s": 10, "memory_mib": 256}},
    "scoring": {"scorer": "cases", "metrics": [{"name": "cases_passed"}], "primary": "cases_passed"},
    "examples": {
        name: {"role": "good", "file": f"main.{name}", "verdict": "AC", "score": [1, 1]} for name in TARGETS
    },
}


def package(folder: Path, n_cases: int) -> Package:
    """Write the problem, its cases and one right program in each language."""
    manifest = json.dumps({**MANIFEST, "slug": folder.name})
    files = {"problem.yaml": manifest, "submissions/py/main.py": PYTHON, "submissions/c/main.c": C}
    for number in range(n_cases):
        files[f"hidden/inputs/{number}.in"] = f"{number}\n"
        files[f"hidden/reference/{number}.ans"] = f"{number * number}\n"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return load(folder)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Provider]:
    """Yield a provider; what it made is gone afterwards."""
    folder.mkdir()
    owner = f"bench-{os.getpid()}"
    provider = select_provider(
        kind, allow_local=True, owner=owner, run_dir=folder, hidden=[], docker_runtime=None
    )
    try:
        yield provider
    finally:
        provider.sweep()
        provider.close()


def bare_s(command: list[str], n_cases: int) -> float:
    """Return the seconds of running every case on the host."""
    began = time.perf_counter()
    for number in range(n_cases):
        subprocess.run(command, input=f"{number}\n".encode(), capture_output=True, check=True)
    return time.perf_counter() - began


def measure(made: Package, provider: Provider, commands: dict[str, list[str]], n_cases: int) -> bool:
    """Print the figures of both languages; return whether both keep their share."""
    is_good = True
    for example in made.examples:
        before = bare_s(commands[example.format], n_cases)
        began = time.perf_counter()
        outcome = check_example(made, example, DirectSource(provider))
        judged = time.perf_counter() - began
        if not outcome.is_right:
            raise SystemExit(f"{example.name}: {outcome.complaint}")
        share = before / judged
        is_good = is_good and share >= TARGETS[example.format]
        speeds = f"judged {n_cases / judged:6.0f} cases/s   bare {n_cases / before:6.0f}/s"
        kept = f"{share:.2f} of the bare speed (target {TARGETS[example.format]:.2f})"
        print(f"{provider.name:6} {example.format:2}  {speeds}   {kept}", flush=True)
    return is_good


def main() -> int:
    """Return 1 if judging is slower than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    args = parser.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory() as name:
        made = package(Path(name) / "squares", args.cases)
        sources, binary = made.root / "submissions", f"{name}/squares-c"
        subprocess.run(["gcc", "-O2", "-static", "-o", binary, sources / "c" / "main.c"], check=True)
        python = shutil.which("python3", path="/usr/bin") or sys.executable
        commands = {"py": [python, str(sources / "py" / "main.py")], "c": [binary]}
        for kind in providers():
            with opened(kind, Path(name) / f"run-{kind}") as provider:
                is_good = measure(made, provider, commands, args.cases) and is_good
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
