"""Runs every benchmark, one after the other, and says at the end which missed its target: `make bench`."""

import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Run those whose name has a word of the command line, or all. Returns 1 when one failed, 2 for none."""
    wanted = sys.argv[1:]
    paths = sorted(FOLDER.glob("bench_*.py"))
    chosen = [path for path in paths if not wanted or any(word in path.stem for word in wanted)]
    if not chosen:
        print(f"no benchmark has that in its name; there are: {', '.join(path.stem for path in paths)}")
        return 2
    missed = []
    for path in chosen:
        print(f"── {path.stem}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, str(path)], check=False).returncode:
            missed.append(path.stem)
        print(f"   ({time.monotonic() - began:.0f} s)\n", flush=True)
    print(f"missed: {', '.join(missed)}" if missed else "every benchmark ran and met its targets")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
