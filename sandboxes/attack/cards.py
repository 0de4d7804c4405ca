"""What a hostile program says about itself at its top: what it tries, and what it must get.

The text is for a reader and for the machine. It is read strictly: a program that says nothing, or says
something that is not known here, stops the whole run, for an attack that is not understood proves nothing.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import sandboxes
from sandboxes.base import OutputSpec
from sandboxes.limits import Limits

PROBE = "probe.py"
VERDICTS = frozenset({"AC", "WA", "PE", "CE", "RTE", "TLE", "MLE", "OLE", "SV"})
IMAGES = frozenset({"python", "python-ml"})
FORMATS = {
    "model": frozenset({"onnx", "torchscript", "torch-export", "safetensors", "skops"}),
    "predictions": frozenset({"csv", "parquet", "jsonl", "npy", "npz"}),
}
SMALL = Limits(
    wall_time_s=8, cpu_time_s=8, memory_mib=128, n_processes=24, output_mib=8, scratch_mib=8, stdout_kib=64,
    file_mib=4, n_open_files=64, shm_mib=8,
)  # fmt: skip
# What numpy needs where a contestant's module is imported, and torch where a model is loaded.
BASES = {
    "function": replace(SMALL, memory_mib=256),
    "model": replace(SMALL, memory_mib=700, file_mib=16, n_open_files=256, wall_time_s=10, cpu_time_s=10),
}
# Every kind of attack that must be tried; the suite is complete when each has a program.
ITEMS = frozenset(
    {
        "fork-bomb", "thread-bomb", "pid-bomb", "memory-heap", "memory-mmap", "memory-shm",
        "memory-tmpfs", "page-cache", "sparse-files", "tiny-files", "deep-trees", "huge-stdout",
        "huge-stderr", "huge-files", "sleep", "ignore-sigterm", "double-fork", "setsid",
        "kill-supervisor", "stop-supervisor", "forge-channel", "forge-results", "leave-processes",
        "other-cases", "other-submissions", "search-filesystem", "search-environment", "search-proc",
        "search-memory", "search-descriptors", "network-families", "dns", "abstract-sockets",
        "docker-socket", "cloud-metadata", "mounts", "user-namespaces", "ptrace", "keyrings",
        "io-uring", "bpf", "perf", "kernel-modules", "devices", "setuid", "core-dumps",
        "output-symlink", "output-hardlink", "output-fifo", "output-device", "output-swapped",
        "file-names", "terminal-escapes", "bidi-text", "pickle", "npy", "onnx-external", "torchscript",
        "zip-bomb", "parquet-bomb", "clock", "timing-keyring", "timing-locks", "timing-shm",
        "timing-cgroup", "sitecustomize", "ld-preload", "python-variables", "monkeypatch", "exit-early",
        "gpu-memory", "headers", "nested-data",
    }
)  # fmt: skip
_FIELD = re.compile(r"^([A-Z][A-Za-z]*):[ \t]*(.*)$")
_KNOWN = frozenset(
    {
        "Tries",
        "Must",
        "Covers",
        "Road",
        "Limits",
        "Runs",
        "Image",
        "Outputs",
        "Unless",
        "Never",
        "Shows",
        "Needs",
    }
)
_REQUIRED = ("Tries", "Must", "Covers", "Road")


class BadCard(Exception):
    """A hostile program does not say properly what it is."""


class Road(StrEnum):
    """Through which door of the judge a program comes."""

    STEP = "step"  # one step of a sandbox
    CASES = "cases"  # test cases of one sandbox, an honest one before and after
    FUNCTION = "function"  # a contestant's module, questioned by hidden tests
    MODEL = "model"  # builds a model file, which the stock runner loads
    PREDICTIONS = "predictions"  # builds a predictions file, which the scorer reads


class Runs(StrEnum):
    """How often a program runs."""

    ONCE = "once"
    TWICE = "twice"  # again in a later sandbox (or case): the second looks for what the first left
    BESIDE = "beside"  # again while the first still runs


@dataclass(frozen=True, slots=True)
class Card:
    """One hostile program and its promise.

    Attributes:
        name: folder and stem, `memory/heap`.
        path: of the program.
        title: one line.
        tries: what it is after.
        covers: words of `ITEMS`.
        road: see `Road`.
        format: of the file it builds; "" where it builds none.
        must: verdicts it may get; any other means that it got through.
        unless: weakness code of a provider → verdicts it may get there.
        limits: of the step.
        runs: see `Runs`.
        image: in which it runs, or builds its file.
        outputs: what is collected.
        never: texts that may be in nothing that comes back.
        shows: texts that the contestant must see.
        needs_gpu: whether it makes sense on a GPU alone.
    """

    name: str
    path: Path
    title: str
    tries: str
    covers: tuple[str, ...]
    road: Road
    format: str
    must: frozenset[str]
    unless: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limits: Limits = SMALL
    runs: Runs = Runs.ONCE
    image: str = "python"
    outputs: tuple[OutputSpec, ...] = ()
    never: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    needs_gpu: bool = False

    def accepted(self, weaknesses: tuple[str, ...]) -> frozenset[str]:
        """Return the verdicts that mean containment on a provider with these weaknesses."""
        return self.must.union(*(self.unless.get(code, frozenset()) for code in weaknesses))


def programs_folder() -> Path:
    """Return where the hostile programs lie: beside this package in an installation, else in the checkout.

    Raises:
        BadCard: they are not there.
    """
    package = Path(sandboxes.__path__[0])
    for folder in (package / "attacks", package.parent / "tests" / "conformance" / "attacks"):
        if (folder / PROBE).is_file():
            return folder
    raise BadCard("the hostile programs are not installed")


def load_cards(folder: Path | None = None) -> list[Card]:
    """Read every program's card, in order of name.

    Args:
        folder: default: `programs_folder()`.

    Raises:
        BadCard: one of them is not as it must be; says which and why.
    """
    root = programs_folder() if folder is None else folder
    paths = sorted(path for path in root.glob("*/*.py") if "__pycache__" not in path.parts)
    if not paths:
        raise BadCard(f"no programs in {root}")
    return [read_card(path) for path in paths]


def read_card(path: Path) -> Card:
    """Read one program's card.

    Raises:
        BadCard: it is not as it must be.
    """
    name = f"{path.parent.name}/{path.stem}"
    try:
        return _card(name, path)
    except (ValueError, SyntaxError) as error:
        raise BadCard(f"{name}: {error}") from error


def _card(name: str, path: Path) -> Card:
    title, said = _fields(ast.get_docstring(ast.parse(path.read_bytes())) or "")
    road, _, file_format = said["Road"].partition(" ")
    if file_format not in FORMATS.get(road, {""}):
        raise ValueError(f"unknown road {said['Road']!r}")
    extra: dict[str, Any] = {}
    if "Image" in said:
        extra["image"] = _known(said["Image"], IMAGES)
    if said.get("Needs", "gpu") != "gpu":
        raise ValueError(f"unknown need {said['Needs']!r}")
    return Card(
        name=name,
        path=path,
        title=title,
        tries=said["Tries"],
        covers=tuple(_known(word, ITEMS) for word in said["Covers"].split()),
        road=Road(road),
        format=file_format,
        must=_verdicts(said["Must"]),
        unless=_unless(said.get("Unless", "")),
        limits=_limits(said.get("Limits", ""), BASES.get(road, SMALL)),
        runs=Runs(said.get("Runs", "once")),
        outputs=_outputs(said.get("Outputs", "")),
        never=tuple(said.get("Never", "").split()),
        shows=tuple(said.get("Shows", "").split()),
        needs_gpu="Needs" in said,
        **extra,
    )


def _fields(text: str) -> tuple[str, dict[str, str]]:
    """Return the title, and field → text; a line that is indented goes on with the field before."""
    title, _, rest = text.partition("\n")
    if not title.strip():
        raise ValueError("no docstring")
    said: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        found = _FIELD.match(line)
        if found:
            name = found.group(1)
            if name not in _KNOWN or name in said:
                raise ValueError(f"unknown or repeated field {name!r}")
            said[name] = found.group(2).strip()
        elif line.startswith(" ") and name:
            said[name] += " " + line.strip()
        elif line.strip():
            raise ValueError(f"a line that belongs to no field: {line!r}")
    missing = [name for name in _REQUIRED if not said.get(name)]
    if missing:
        raise ValueError(f"does not say: {', '.join(missing)}")
    return title.strip(), said


def _known(word: str, words: frozenset[str]) -> str:
    if word not in words:
        raise ValueError(f"unknown word {word!r}")
    return word


def _verdicts(text: str) -> frozenset[str]:
    return frozenset(_known(word.strip(), VERDICTS) for word in text.split(" or "))


def _unless(text: str) -> dict[str, frozenset[str]]:
    """Read `code: TLE or MLE; other-code: AC`."""
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        code, colon, verdicts = part.partition(":")
        if not colon or not re.fullmatch(r"[a-z-]+", code):
            raise ValueError(f"malformed exception {part!r}")
        found[code] = _verdicts(verdicts.strip())
    return found


def _limits(text: str, base: Limits) -> Limits:
    values: dict[str, Any] = {limit.name: getattr(base, limit.name) for limit in fields(Limits)}
    for part in text.split():
        name, _, number = part.partition("=")
        if name not in values:
            raise ValueError(f"unknown limit {name!r}")
        values[name] = float(number) if isinstance(getattr(Limits(), name), float) else int(number)
    return Limits(**values)


def _outputs(text: str) -> tuple[OutputSpec, ...]:
    """Read `name=1024 other=10`: largest size in bytes."""
    pairs = (part.rpartition("=") for part in text.split())
    return tuple(OutputSpec(name, int(size)) for name, _, size in pairs)
