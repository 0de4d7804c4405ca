"""PID 1 of every sandbox: warm before any work is given, serves one step, then the sandbox is gone.

The life of one: connect to the host's socket, lock itself down as the host says, import the
preloads, say `ready`, wait for the step, fork it into another user, watch it, kill everything that is
left, stream back what it declared. A step that is a series of test cases is served one case after the
other in the same way (see `cases`). Being PID 1 of a PID namespace and of a user of its own it cannot be
killed, stopped, traced or looked into from inside (see `hardening`). If the host's end of the socket
closes, it exits at once and the kernel takes every process of the sandbox with it.
"""

import importlib
import socket
import sys
from typing import NoReturn

from . import gpus, hardening, wire
from .execution import Execution

CONTROL = "/job/slot/ctl.sock"
CODE = "/job/code"


def serve(control: socket.socket) -> None:
    """Prepare, serve the one step, return."""
    try:
        setup = wire.receive_json(control)
        hardening.lock_down(setup)
        sys.path.insert(0, CODE)  # what is preloaded may be the caller's own code, as what is run later
        for module in setup["preload"]:
            importlib.import_module(module)
        gpus.refuse_open_devices()
    except Exception as error:  # reported to the host, which raises SandboxStartFailed
        wire.send_json(control, {"fatal": f"{type(error).__name__}: {error}"[:2000]})
        return
    # Modules of ours stay loaded, but the step shall not find this folder on its path.
    sys.path[:] = [entry for entry in sys.path if entry != "/job/sup"]
    wire.send_json(control, {"ready": True})
    step = wire.receive_json(control)
    if step["has_cases"]:
        # Only now: it imports `subprocess`, whose own care after a fork would slow down every other step.
        importlib.import_module("inside.cases").serve_cases(control, step, setup["participant_uid"])
        return
    Execution(control, step, setup["participant_uid"]).run()
    wire.receive_frame(control, 0)  # the host closes once it has read everything


def main() -> NoReturn:
    """Connect to the host and serve it; any loss of the host ends the sandbox."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.connect(CONTROL)
    try:
        serve(control)
    except (wire.Closed, OSError):
        sys.exit(3)
    sys.exit(0)
