"""A series of test cases in one sandbox: one fresh process after the other, nothing left in between.

The supervisor does not trust the cases. Each is forked into the participant's user and executed, so that
no memory of ours or of another case is in its address space; before its report goes out every process is
dead and reaped, the writable folders are empty and System V objects are removed. What cannot be undone so
ends the sandbox, and the host sees the series break rather than one case meet another's remains.
"""

import gc
import json
import socket
from typing import Any

from . import hardening, scratch, wire
from .execution import Execution


class CaseExecution(Execution):
    """One test case; `Execution` plus cleaning up."""

    def clear(self) -> None:
        """Leave nothing for the next case."""
        if not scratch.is_blank():
            with hardening.acting_as(self.uid):
                scratch.make_blank()
        with hardening.acting_as(self.uid):
            scratch.remove_ipc()


def serve_cases(control: socket.socket, uid: int | None) -> None:
    """Run cases as the host sends them, until it cancels or closes.

    Args:
        control: connection to the host.
        uid: the participant's user; None where it shares ours.
    """
    # Collections would touch every page that a fork shares with us, and nothing here makes cycles.
    gc.disable()
    gc.freeze()
    while True:
        kind, body = wire.receive_frame(control, wire.MAX_JSON)
        if kind == wire.CANCEL:
            return
        message: dict[str, Any] = json.loads(body)
        CaseExecution(control, message, uid).run()
