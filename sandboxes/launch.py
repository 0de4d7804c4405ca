"""How a supervisor is started, the same with every provider."""

from pathlib import Path

INSIDE = Path(__file__).resolve().parent / "inside"
BOOT = "/job/sup/inside/boot.py"


def common_environment(n_cpus: float) -> dict[str, str]:
    """Return the variables that are the same with every provider."""
    n_threads = str(max(1, int(n_cpus)))
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {
        "HOME": "/tmp",  # noqa: S108
        "TMPDIR": "/tmp",  # noqa: S108
        "USER": "job",
        "LOGNAME": "job",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HUB_OFFLINE": "1",  # else libraries wait for a network that is not there
        **dict.fromkeys(threads, n_threads),
    }
