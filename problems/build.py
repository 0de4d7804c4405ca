"""Builds a package's data by running its `prepare.py`, and proves that it builds the same twice.

prepare.py writes `public/`, `hidden/` and `submissions/` below `--out` and reads wheels from
`--cache`. It runs in a process of its own with a clean environment and works offline: what it needs
was fetched and checked before. It is the organizer's code, trusted as the scorer is.

    python -m problems.build DIR [--cache DIR] [--out DIR] [--twice]
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from problems.errors import BuildError, ProblemError
from problems.loader import IGNORED, MANIFEST, hash_file, load_spec
from problems.schema import Spec
from problems.wheels import fetch

PREPARE_TIMEOUT_S = 600.0
BUILT_FOLDERS = ("public", "hidden", "submissions")
_LOG_CHARS = 4000


def build(
    folder: Path, *, cache: Path, out: Path | None = None, seed: int | None = None, force: bool = False
) -> Path:
    """Build a package's data, or find that it is built already.

    Args:
        folder: the package's sources.
        cache: folder for fetched wheels and build records; made if missing.
        out: where the built package goes, e.g. when `folder` is not writable. Its last part must
            be the slug. By default the package is built in place.
        seed: replaces the manifest's seed, for a contest whose split must not be guessable.
        force: build even if the record says that nothing changed.

    Returns:
        The built package's folder.

    Raises:
        PackageError: the manifest is invalid.
        BuildError: a download or prepare.py failed; an earlier build is left as it was.
    """
    spec = load_spec(folder)
    target = folder if out is None else out
    if spec.data.prepare is None:
        # Data without a script is a source: there is nothing to rebuild it from.
        if target.resolve() != folder.resolve():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*IGNORED))
        return target
    used_seed = spec.data.seed if seed is None else seed
    record = record_path(folder, spec.slug, cache, used_seed)
    made = None if force else read_record(target, record)
    if made is None:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="build-") as staging:
            prepare(folder, spec, Path(staging), cache, used_seed)
            made = hash_tree(Path(staging))
            install(Path(staging), target)
        write_record(record, made)
    if target.resolve() != folder.resolve():
        _copy_sources(folder, target, set(made))
    return target


def check_twice(folder: Path, *, cache: Path) -> None:
    """Build twice into temporary folders and compare every byte.

    Args:
        folder: the package's sources.
        cache: as for `build`.

    Raises:
        BuildError: `not-deterministic`, naming the files; or as `build`.
    """
    spec = load_spec(folder)
    one, two = (trial(folder, spec, cache) for _ in range(2))
    if differing := unequal(one, two):
        raise BuildError("not-deterministic", f"built twice, these differ: {', '.join(differing[:10])}")


def trial(folder: Path, spec: Spec, cache: Path) -> dict[str, str]:
    """Build into a folder that is thrown away; return what was made: relative name → sha256.

    Raises:
        BuildError: as `build`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="build-") as staging:
        prepare(folder, spec, Path(staging), cache, spec.data.seed)
        return hash_tree(Path(staging))


def unequal(one: dict[str, str], two: dict[str, str]) -> list[str]:
    """Return the names of files that two builds do not have alike."""
    return sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))


def hash_tree(root: Path) -> dict[str, str]:
    """Hash every file below a folder.

    Args:
        root: the folder.

    Returns:
        Relative name → sha256.
    """
    return {
        path.relative_to(root).as_posix(): hash_file(path)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def source_key(folder: Path, seed: int) -> str:
    """Return a digest of everything that a build depends on."""
    digest = hashlib.sha256(f"{seed} {sys.version}\n".encode())
    names = [folder / MANIFEST, folder / "prepare.py", *sorted((folder / "source").rglob("*"))]
    for path in names:
        if path.is_file() and not IGNORED & set(path.parts):
            digest.update(f"{path.relative_to(folder).as_posix()} {hash_file(path)}\n".encode())
    return digest.hexdigest()[:16]


def record_path(folder: Path, slug: str, cache: Path, seed: int) -> Path:
    """Say where a build of these sources notes what it made."""
    return cache / "built" / f"{slug}-{source_key(folder, seed)}.json"


def write_record(record: Path, made: dict[str, str]) -> None:
    """Note what a build made: relative name → sha256."""
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(made, indent=0, sort_keys=True))


def read_record(target: Path, record: Path) -> dict[str, str] | None:
    """Return what an earlier build made, if all of it is still there unchanged."""
    try:
        made: dict[str, str] = json.loads(record.read_text())
    except (OSError, ValueError):
        return None
    paths = {name: target / name for name in made}
    is_whole = all(path.is_file() and hash_file(path) == made[name] for name, path in paths.items())
    return made if is_whole else None


def prepare(folder: Path, spec: Spec, staging: Path, cache: Path, seed: int) -> None:
    """Run prepare.py.

    Args:
        folder: the package's sources.
        spec: its manifest.
        staging: empty folder that it writes to.
        cache: of fetched wheels.
        seed: handed to it.

    Raises:
        BuildError: a download or prepare.py failed, or wrote what it must not.
    """
    if spec.data.prepare is None or not (folder / spec.data.prepare).is_file():
        raise BuildError("prepare-missing", f"{spec.slug} has no prepare.py; its data cannot be rebuilt")
    for download in spec.data.downloads:
        fetch(download, cache)
    script = (folder / spec.data.prepare).resolve()
    command = [sys.executable, "-E", "-s", "-B", str(script), "--out", str(staging.resolve())]
    command += ["--cache", str(cache.resolve()), "--seed", str(seed)]
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(  # noqa: S603 - the organizer's own script
                command,
                env=_clean_env(home),
                cwd=home,
                capture_output=True,
                timeout=PREPARE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BuildError(
                "prepare-slow", f"prepare.py of {spec.slug} ran over {PREPARE_TIMEOUT_S:.0f} s"
            ) from None
    log = (done.stdout + done.stderr).decode("utf-8", "replace")[-_LOG_CHARS:]
    if done.returncode:
        raise BuildError(
            "prepare-failed", f"prepare.py of {spec.slug} ended with code {done.returncode}", log
        )
    _check_outputs(spec, staging)


def _clean_env(home: str) -> dict[str, str]:
    """Return an environment in which results do not depend on the caller's shell or cores."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS")}
    fixed = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": home, "TMPDIR": home}
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", **fixed, **threads}


def _check_outputs(spec: Spec, staging: Path) -> None:
    for path in sorted(staging.rglob("*")):
        name = path.relative_to(staging)
        if path.is_symlink() or name.parts[0] not in BUILT_FOLDERS or name.parts[:2] == ("public", "starter"):
            raise BuildError("prepare-failed", f"prepare.py of {spec.slug} must not write {name.as_posix()}")


def install(staging: Path, target: Path) -> None:
    """Replace what an earlier build left; the starter kit and written examples are sources and stay."""
    shutil.rmtree(target / "hidden", ignore_errors=True)
    for old in (target / "public").glob("*"):
        if old.name != "starter":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(staging, target, dirs_exist_ok=True)


def _is_source(name: Path) -> bool:
    is_data = name.parts[0] == "hidden" or (name.parts[0] == "public" and name.parts[1:2] != ("starter",))
    return not is_data and not IGNORED & set(name.parts)


def _copy_sources(folder: Path, target: Path, made: set[str]) -> None:
    """Copy what is written by hand and drop what neither it nor the build explains."""
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    sources = {name for name in names if _is_source(name) and name.as_posix() not in made}
    for name in sources:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target / name)
    for path in [path for path in target.rglob("*") if path.is_file()]:
        name = path.relative_to(target)
        if name not in sources and name.as_posix() not in made:
            path.unlink()


def main() -> int:
    """Build the package named on the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m problems.build", description="Build a package's data.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "openmodels-judge" / "wheels")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--twice", action="store_true", help="only check that two builds are the same")
    chosen = parser.parse_args()
    try:
        if chosen.twice:
            check_twice(chosen.folder, cache=chosen.cache)
        else:
            build(chosen.folder, cache=chosen.cache, out=chosen.out)
    except ProblemError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
