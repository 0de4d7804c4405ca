"""Makes the standard input and output of a step two pipes whose other ends the host holds.

Real pipes, so that each direction ends by itself and `/dev/stdin` can be opened as any program expects.
PID 1 makes them before anything of the participant's runs, and passes the host its ends. A kernel that
lets no descriptor cross the wall (gVisor) leaves the connection itself to be both.
"""

import os
import socket

PATH = "/job/slot/stdio.sock"
AS_PIPES = b"P"
AS_SOCKET = b"S"


def hand_over() -> tuple[int, int]:
    """Return the descriptors that become the step's stdin and stdout.

    Raises:
        OSError: the host is not there.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(PATH)
    stdin, to_step = os.pipe()
    from_step, stdout = os.pipe()
    try:
        socket.send_fds(connection, [AS_PIPES], [to_step, from_step])
    except OSError:
        connection.sendall(AS_SOCKET)
    finally:
        os.close(to_step)
        os.close(from_step)
    if connection.recv(1) == AS_PIPES:
        connection.close()
        for descriptor in (stdin, stdout):
            os.fchmod(descriptor, 0o666)  # the step is another user, and may open them by name again
        return stdin, stdout
    os.close(stdin)
    os.close(stdout)
    stdin = connection.detach()
    return stdin, os.dup(stdin)
