"""A driver without hardware: a `libnvidia-ml.so.1` that answers what a test wrote.

The library is compiled once; NVIDIA's own binding loads it, in a process of the test's (`load`) or in one it
starts (`environment`). Nothing in the judge knows of it.

    nvml = FakeNvml(tmp_path)
    nvml.set(FakeGpu("GPU-1", pids=(4711,)))
    subprocess.Popen(command, env={**os.environ, **nvml.environment()})
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

SOURCE = Path(__file__).with_name("libnvidia_ml.c")
LIBRARY = "libnvidia-ml.so.1"
LOST = 15
DRIVER_NOT_LOADED = 9
VERSION_MISMATCH = 18


@dataclass(frozen=True)
class FakeSlice:
    """A MIG slice."""

    id: str
    total_mib: float = 9856
    used_mib: float = 12
    pids: tuple[int, ...] = ()
    kind: str = "NVIDIA A100-SXM4-80GB MIG 1g.10gb"
    error: int = 0

    def line(self) -> str:
        return (
            f"mig {self.id} {self.total_mib} {self.used_mib} -1 {self.error} 1 {_pids(self.pids)} {self.kind}"
        )


@dataclass(frozen=True)
class FakeGpu:
    """A device; `slices` given (even none) means that it is in MIG mode."""

    id: str
    total_mib: float = 81920
    used_mib: float = 4
    percent: int = 0
    pids: tuple[int, ...] = ()
    kind: str = "NVIDIA A100-SXM4-80GB"
    slices: Sequence[FakeSlice] | None = None
    knows_mig: bool = True
    error: int = 0

    def lines(self) -> list[str]:
        mode = int(self.slices is not None) if self.knows_mig else -1
        own = f"{self.total_mib} {self.used_mib} {self.percent} {self.error} {mode} {_pids(self.pids)}"
        return [f"gpu {self.id} {own} {self.kind}", *(part.line() for part in self.slices or ())]


def _pids(pids: Sequence[int]) -> str:
    return ",".join(map(str, pids)) or "-"


@dataclass
class FakeNvml:
    """One host's driver.

    Args:
        folder: for library and state; readable by whoever asks.
    """

    folder: Path
    gpus: dict[str, FakeGpu] = field(default_factory=dict, init=False)
    _loaded: ctypes.CDLL | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(compiled(), self.folder / LIBRARY)
        self.state = self.folder / "nvml-state.txt"
        self.set()

    def set(self, *gpus: FakeGpu, init: int = 0) -> None:
        """Make these the host's devices."""
        self.gpus = {gpu.id: gpu for gpu in gpus}
        lines = ["driver 550.54.15", f"init {init}", *(line for gpu in gpus for line in gpu.lines())]
        fresh = self.state.with_suffix(".new")
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(self.state)

    def change(self, gpu_id: str, **fields) -> None:
        """Change one device."""
        self.set(*(replace(gpu, **fields) if gpu.id == gpu_id else gpu for gpu in self.gpus.values()))

    def environment(self) -> dict[str, str]:
        """Return what a process needs in its environment to have this driver."""
        paths = [str(self.folder), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        return {"LD_LIBRARY_PATH": ":".join(paths), "FAKE_NVML_STATE": str(self.state)}

    def load(self, monkeypatch) -> None:
        """Have this driver in the test's own process, until the test ends.

        The loader gives a library that is loaded already to whoever asks for its name. It stays loaded;
        without the variable it says that there is no driver.
        """
        self._loaded = ctypes.CDLL(str(self.folder / LIBRARY))
        monkeypatch.setenv("FAKE_NVML_STATE", str(self.state))


def compiled() -> Path:
    """Return the library, compiled at most once per user and source."""
    source = SOURCE.read_bytes()
    cache = Path(tempfile.gettempdir()) / f"openmodels-fake-nvml-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    if cache.stat().st_uid != os.getuid():
        raise PermissionError(f"{cache} belongs to somebody else")
    target = cache / f"{hashlib.sha256(source).hexdigest()[:16]}.so"
    if not target.exists():
        fresh = target.with_suffix(f".{os.getpid()}")
        flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", f"-Wl,-soname,{LIBRARY}"]
        subprocess.run(["gcc", *flags, "-o", str(fresh), str(SOURCE)], check=True)
        fresh.replace(target)
    return target
