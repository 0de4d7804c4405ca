"""The forked side: turns a copy of the warm supervisor into the step itself.

From the moment it has become another user this process belongs to the participant. It holds nothing of
ours but a status pipe on which it may say that it ran out of memory, which can only harm itself.
"""

import atexit
import errno
import math
import os
import resource
import runpy
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from . import hardening

MIB = 1024 * 1024
WORK = "/job/out"
STDIN = "/job/slot/stdin"


def become(
    step: dict[str, Any],
    stdin: int | None,
    stdout: int,
    stderr: int,
    status: int | None,
    uid: int | None,
) -> NoReturn:
    """Run the step in this forked process and end it.

    Args:
        step: the host's message about a step or a case.
        stdin: read end of a pipe; None where it is a file.
        stdout: write end of a pipe.
        stderr: write end of a pipe.
        status: write end of the status pipe; None for a program.
        uid: the participant's user; None where it shares the supervisor's.
    """
    try:
        # Threads of the supervisor count against the same user only where the user is the same.
        n_others = len(os.listdir("/proc/1/task")) if uid is None else 0  # noqa: PTH208 - read by name alone
        os.setsid()
        hardening.become_participant(uid)
        _redirect(step, stdin, stdout, stderr)
        os.chdir(WORK)
        limit(step, n_others)
        os.environ.update(environment(step))
        if step["argv"]:
            _execute(step["argv"], dict(os.environ))
        _leave(_run_module(step["module"], step["args"], status))
    except BaseException as error:  # whatever it was, never return into the supervisor's loop
        os.write(2, f"cannot start the step: {error!r}\n".encode())
    finally:
        os._exit(125)


def _redirect(step: dict[str, Any], stdin: int | None, stdout: int, stderr: int) -> None:
    source = stdin
    if source is None:
        source = os.open(STDIN if step["has_stdin"] else os.devnull, os.O_RDONLY)
    for target, descriptor in enumerate((source, stdout, stderr)):
        os.dup2(descriptor, target)
    for descriptor in (source, stdout, stderr):
        if descriptor > 2:
            os.close(descriptor)


def limit(step: dict[str, Any], n_others: int) -> None:
    """Set the resource limits of this process, for good.

    Args:
        step: the host's message.
        n_others: processes of the same user that shall not count.
    """
    limits = step["limits"]

    def cap(kind: int, value: int) -> None:
        ceiling = resource.getrlimit(kind)[1]
        wanted = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        resource.setrlimit(kind, (wanted, wanted))

    cap(resource.RLIMIT_CORE, 0)
    cap(resource.RLIMIT_FSIZE, int(limits["file_mib"] * MIB))
    cap(resource.RLIMIT_NOFILE, int(limits["n_open_files"]))
    cap(resource.RLIMIT_NPROC, int(limits["n_processes"]) + n_others)
    if step["is_case"]:
        cap(resource.RLIMIT_MSGQUEUE, 0)  # a POSIX queue would outlive the case and cannot be listed


def environment(step: dict[str, Any]) -> dict[str, str]:
    """Return the variables that a step or case has beside those of every sandbox."""
    n_threads = str(max(1, math.floor(step["limits"]["n_cpus"])))
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = dict.fromkeys(threads, n_threads)
    environment |= {"PYTHONHASHSEED": str(step["seed"] % 2**32), "JUDGE_SEED": str(step["seed"])}
    environment.update(step["env"])
    return environment


def _execute(argv: list[str], environment: dict[str, str]) -> NoReturn:
    # Python ignores these two from its start; a program of another language expects the defaults.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    # What `os.execvpe` does, without the imports it makes on the way: this runs once per test case.
    folders = [""] if "/" in argv[0] else environment.get("PATH", os.defpath).split(":")
    reason: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    for folder in folders:
        try:
            os.execve(os.path.join(folder, argv[0]), argv, environment)  # noqa: PTH118, S606 - our purpose
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = error
    os.write(2, f"{argv[0]}: {reason.strerror}\n".encode())
    os._exit(126 if isinstance(reason, PermissionError) else 127)


def _run_module(module: str, args: list[str], status: int | None) -> int:
    # Fresh ones: the supervisor's own may have been bound to other files and encodings.
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)
    sys.argv = [module, *args]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        return _exit_code(leaving.code)
    except MemoryError:
        if status is not None:
            os.write(status, b"M")
        traceback.print_exc()
        return 1
    except BaseException:  # the interpreter itself would print it and exit with 1
        traceback.print_exc()
        return 1
    return 0


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)  # noqa: T201 - what the interpreter does with sys.exit("text")
    return 1


def _leave(code: int) -> NoReturn:
    """End as the interpreter would, without tearing down the heavy libraries we were forked with."""
    steps: list[Callable[[], object]] = [atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush]
    if "threading" in sys.modules:  # not imported here: its own care after a fork costs every fork 0.3 ms
        steps.insert(0, sys.modules["threading"]._shutdown)
    for step in steps:
        try:
            step()
        except BaseException:  # participant code; a failed flush means exit code 120
            code = code or 120
    os._exit(code)
