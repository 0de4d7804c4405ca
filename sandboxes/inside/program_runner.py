"""Runs a contestant's program: puts the submission into a folder of its own and starts the command there.

Runs inside the sandbox as `python -m program_runner --submission /job/in/submission.zip -- python3 main.py`,
with the standard library alone. A zip is unpacked here and nowhere else: whatever is wrong with it is the
submission's fault (exit code 3 and `/job/out/fault.json`). With `--pack` everything that the command left in
`/job/out` becomes `/job/out/result.zip`.
"""

import argparse
import json
import os
import stat
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from pathlib import Path

FOLDER = Path("/tmp/submission")  # noqa: S108 - inside the sandbox
OUT = Path("/job/out")
REFUSED = 3
MAX_FILES = 4000
MAX_NAME_BYTES = 255
RESULT = "result.zip"
_CHUNK = 1 << 18
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_DATE = (1980, 1, 1, 0, 0, 0)


class Refused(Exception):
    """The submission cannot be unpacked.

    Args:
        code: of the message for its author.
        params: of the message.
    """

    def __init__(self, code: str, **params: "str | int") -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def unpack(archive: Path, folder: Path, max_bytes: int) -> None:
    """Unpack a zip below a folder; one folder around everything is left out.

    Args:
        archive: the zip.
        folder: existing and empty.
        max_bytes: of all files together.

    Raises:
        Refused: it is damaged, hostile or too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not _is_litter(info)]
            if len(members) > MAX_FILES:
                raise Refused("archive-too-many", limit=MAX_FILES)
            names = [_checked_name(info) for info in members]
            prefix = _common_folder(names)
            left = max_bytes
            for info, name in zip(members, names, strict=True):
                left -= _write(opened, info, folder / name[len(prefix) :], left)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise Refused("archive-unreadable") from error


def _is_litter(info: zipfile.ZipInfo) -> bool:
    name = info.filename
    return info.is_dir() or name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _checked_name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    parts = name.split("/")
    is_bad = (
        name.startswith("/")
        or "\\" in name
        or ":" in name
        or any(part in {"", ".", ".."} for part in parts)
        or any(len(part.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES for part in parts)
        or any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in name)
        or kind not in {0, stat.S_IFREG}
    )
    if is_bad:
        raise Refused("archive-member", name=ascii(name[:80])[1:-1])
    return name


def _common_folder(names: "list[str]") -> str:
    tops = {name.partition("/")[0] for name in names}
    return f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in names) else ""


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    n_bytes = 0
    with opened.open(info) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            n_bytes += len(chunk)
            if n_bytes > left:
                raise Refused("archive-too-large")
            sink.write(chunk)
    return n_bytes


def place(submission: Path, folder: Path, max_bytes: int) -> None:
    """Put the submission into its folder: unpacked, or as `main` with the ending it has.

    Raises:
        Refused: it cannot be unpacked.
    """
    folder.mkdir(mode=0o755)
    if submission.suffix == ".zip":
        unpack(submission, folder, max_bytes)
        return
    (folder / f"main{submission.suffix}").write_bytes(submission.read_bytes())


def pack(out: Path) -> None:
    """Put every regular file below a folder into one zip there, links left out."""
    files = sorted(path for path in out.rglob("*") if path.is_file() and not path.is_symlink())
    target = out / RESULT
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files[:MAX_FILES]:
            if path == target:
                continue
            info = zipfile.ZipInfo(path.relative_to(out).as_posix(), _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as sink, path.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    sink.write(chunk)
            path.unlink()  # both together need not fit


def main() -> int:
    """Return the program's exit code; does not return where the program takes this process's place."""
    parser = argparse.ArgumentParser(prog="program_runner")
    parser.add_argument("--submission", type=Path, required=True)
    parser.add_argument("--max-mib", type=int, default=256)
    parser.add_argument("--pack", action="store_true")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    try:
        place(args.submission, FOLDER, args.max_mib << 20)
    except Refused as refused:
        (OUT / "fault.json").write_text(json.dumps({"code": refused.code, "params": refused.params}))
        return REFUSED
    os.chdir(FOLDER)
    sys.stdout.flush()
    if not args.pack:
        try:
            os.execvp(args.command[0], args.command)  # noqa: S606 - the problem's command
        except OSError:
            return 127
    code = subprocess.run(args.command, check=False).returncode  # noqa: S603
    if code == 0:
        pack(OUT)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
