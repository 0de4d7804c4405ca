"""Makes the project's `.venv`: what `make demo` and `make test` run first.

Only the standard library, because nothing is installed yet; any Python 3.11 or newer will do. It says what
will be downloaded and how large that is before it starts, takes a CPU build of torch where there is no
GPU and one can be had, and does nothing at all when the environment already fits `pyproject.toml`.

    python3 infra/install/environment.py --extra worker --extra scoring
"""

import argparse
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlparse

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "openmodels-judge.json"
SIZES = Path(__file__).with_name("download-sizes.tsv")
CPU_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
SMALL_MIB = 0.15  # what a package not in the table is counted as
CUDA_TORCH_MIB = 900.0  # torch itself, when its build brings CUDA


class SetupFailed(Exception):
    """Something the person at the keyboard has to do; the text says what."""


def main() -> int:
    """Make or refresh the environment. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extra", action="append", default=[], help="extra of the package to install")
    parser.add_argument("--dry-run", action="store_true", help="say what would be downloaded, and stop")
    options = parser.parse_args()
    try:
        prepare(sorted(set(options.extra)), dry_run=options.dry_run)
    except SetupFailed as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"\nThis failed (exit code {error.returncode}): {' '.join(map(str, error.cmd))}\n")
        return 1
    return 0


def prepare(extras: list[str], *, dry_run: bool) -> None:
    """Bring `.venv` to what `extras` ask for, on top of what it already has."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it runs before anything checked that
        raise SetupFailed(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try PYTHON=python3.11"
        )
    extras = sorted({*extras, *stamped_extras()})
    if read_stamp() == wanted_stamp(extras):
        say(f"environment: {VENV.name} is up to date ({', '.join(extras)})")
        return
    if not is_working(PYTHON):
        make_venv()
    say("environment: looking up what is missing …")
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    torch = torch_arguments() if needs_torch(extras) else []
    plan = planned(["-e", target, *torch])
    report(plan)
    if dry_run:
        return
    pip("install", *QUIET, "-e", target, *torch)
    STAMP.write_text(json.dumps(wanted_stamp(extras)), encoding="utf-8")


QUIET = ("-qq", "--progress-bar", "off") if not sys.stdout.isatty() else ("-qq",)


def make_venv() -> None:
    """Create `.venv`, also with Debian's Python that comes without ensurepip."""
    say(f"environment: creating {VENV.name} with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    if importlib.util.find_spec("venv") is None:
        raise SetupFailed(missing_venv("the module venv"))
    flags = [] if has_ensurepip else ["--without-pip"]
    subprocess.run([sys.executable, "-m", "venv", *flags, str(VENV)], check=True)
    if has_ensurepip:
        return
    if importlib.util.find_spec("pip") is None:
        shutil.rmtree(VENV)
        raise SetupFailed(missing_venv("both ensurepip and pip"))
    # Debian's pip can install into another environment; that one then has a pip of its own.
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(PYTHON),
        "install",
        "--quiet",
        "--ignore-installed",
        "pip",
    ]
    subprocess.run(command, check=True)


def missing_venv(what: str) -> str:
    """Return what to do about a Python that cannot make environments."""
    return (
        f"{sys.executable} lacks {what}, so no environment can be made.\n"
        "On Debian or Ubuntu: sudo apt-get install python3-venv python3-pip\n"
        "Or name another Python: make PYTHON=/path/to/python3.11 ..."
    )


def is_working(python: Path) -> bool:
    """Whether the environment's Python runs, is new enough and has pip."""
    if not python.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode == 0


def pip(*arguments: str) -> None:
    """Run the environment's pip."""
    subprocess.run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], check=True)


def needs_torch(extras: list[str]) -> bool:
    """Whether one of the extras brings torch."""
    return bool({"scoring", "dev"} & set(extras))


def torch_arguments() -> list[str]:
    """Return extra arguments that make pip take a CPU build of torch where that is right and possible."""
    pinned = torch_requirement()
    if has_gpu() or not brings_cuda(planned([pinned], quiet=True)):
        return []  # a GPU wants CUDA; or pip's own choice is a CPU build already
    arguments = ["--extra-index-url", CPU_TORCH_INDEX]
    local = f"{pinned}+cpu"
    try:
        planned([local, *arguments, "--timeout", "8", "--retries", "0"], quiet=True)
    except subprocess.CalledProcessError:
        say("environment: no GPU here, and no CPU build of torch to be had: the CUDA build works without one")
        return []
    return [local, *arguments]


def torch_requirement() -> str:
    """Return the torch that pyproject.toml pins."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return next(line for line in project["optional-dependencies"]["scoring"] if line.startswith("torch=="))


def brings_cuda(plan: list[dict[str, object]]) -> bool:
    """Whether the plan includes NVIDIA's libraries."""
    return any(str(item["name"]).startswith(("nvidia-", "cuda-")) for item in plan)


def has_gpu() -> bool:
    """Whether NVIDIA's driver reports a GPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    said = subprocess.run([program, "-L"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and "GPU" in said.stdout


def planned(arguments: list[str], *, quiet: bool = False) -> list[dict[str, object]]:
    """Ask pip what it would install: name, version and address of each package not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--dry-run", "-qq"]
        command += ["--report", str(path), *arguments]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL if quiet else None)
        listed = json.loads(path.read_text(encoding="utf-8"))["install"]
    return [
        {
            "name": item["metadata"]["name"].lower().replace("_", "-"),
            "version": item["metadata"]["version"],
            "url": item["download_info"]["url"],
        }
        for item in listed
        if "dir_info" not in item["download_info"]  # the project itself
    ]


def report(plan: list[dict[str, object]]) -> None:
    """Say what will be downloaded, the large ones by name, and the sum."""
    if not plan:
        say("environment: nothing to download")
        return
    table = known_sizes()
    cuda = brings_cuda(plan)
    sizes = {str(item["name"]): size_mib(item, table, cuda=cuda) for item in plan}
    large = sorted(((size, name) for name, size in sizes.items() if size >= 8), reverse=True)
    say(f"environment: {len(plan)} Python packages will be downloaded, about {sum(sizes.values()):,.0f} MB:")
    for size, name in large:
        say(f"  {name:<24} {size:>6,.0f} MB")
    rest = [size for size in sizes.values() if size < 8]
    say(f"  {f'{len(rest)} smaller ones':<24} {sum(rest):>6,.0f} MB")
    free_mib = shutil.disk_usage(ROOT).free / 2**20
    needed_mib = 4.5 * sum(sizes.values())
    if free_mib < needed_mib:
        raise SetupFailed(
            f"Unpacked that takes about {needed_mib:,.0f} MB, and only {free_mib:,.0f} MB are free here."
        )


def size_mib(item: dict[str, object], table: dict[str, float], *, cuda: bool) -> float:
    """Return a download's size in MB: of the file itself when it lies on this machine, else as measured."""
    url = urlparse(str(item["url"]))
    if url.scheme == "file":
        return Path(unquote(url.path)).stat().st_size / 1e6
    name = str(item["name"])
    if name == "torch" and cuda:
        return CUDA_TORCH_MIB
    return table.get(name, SMALL_MIB)


def known_sizes() -> dict[str, float]:
    """Return the measured table: package → MB of its wheel for Linux x86-64."""
    rows = (
        line.split("\t")
        for line in SIZES.read_text(encoding="utf-8").splitlines()
        if line[:1] not in {"", "#"}
    )
    return {name: float(size) for name, size in rows}


def wanted_stamp(extras: list[str]) -> dict[str, object]:
    """Return what the stamp says of an environment that fits."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return {"pyproject": digest, "extras": extras, "root": str(ROOT)}


def read_stamp() -> dict[str, object]:
    """Return what the last complete installation wrote, if the environment still works."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamp if is_working(PYTHON) else {}


def stamped_extras() -> list[str]:
    """Return the extras already there, so that `make demo` after `make test` takes nothing away."""
    return list(read_stamp().get("extras", []))


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
