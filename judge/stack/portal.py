"""How gunicorn runs the portal: the options follow from the settings, here and in production alike.

Threads, because live pages hold a connection each and the work between two database calls is short;
an event loop would need every driver to cooperate.
"""

import os
import sys
from typing import Final, NoReturn

from judge.settings import Settings, child_environment

APPLICATION: Final = "web.wsgi:app"


def gunicorn_options(settings: Settings) -> dict[str, str]:
    """Return gunicorn's options by their long names; one without a value is a switch."""
    return {
        "bind": settings.web_bind,
        "worker-class": "gthread",
        "workers": str(settings.web_processes),
        "threads": str(settings.web_threads),
        # a worker that is stuck this long is replaced; uploads and live pages do not count, they have threads
        "timeout": "60",
        "graceful-timeout": "5",
        "keep-alive": "15",
        "worker-tmp-dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(settings.home),  # noqa: S108
        "forwarded-allow-ips": "127.0.0.1",
        "log-level": "warning",
        "name": "openmodels-judge",
        # Its default lies in the home directory of whoever runs it, where this judge has no business.
        "no-control-socket": "",
    }


def serve(settings: Settings) -> NoReturn:
    """Become gunicorn: the process that was started is the one that signals reach."""
    flags = [
        f"--{name}={value}" if value else f"--{name}" for name, value in gunicorn_options(settings).items()
    ]
    argv = [sys.executable, "-m", "gunicorn", *flags, APPLICATION]
    os.execve(sys.executable, argv, child_environment(settings))  # noqa: S606 - our own program, no shell
