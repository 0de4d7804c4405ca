"""`python -m sandboxes.docker.images [NAME…]`: build from a process of its own, with no command line."""

import sys

from sandboxes.definitions import list_images
from sandboxes.docker.engine import connect
from sandboxes.docker.images import ImageBuilder
from sandboxes.errors import SandboxError


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Build the images named on the command line, or those that are built by default."""
    try:
        builder = ImageBuilder(connect(), say=_say)
        for name in sys.argv[1:] or list_images(only_default=True):
            _say(f"{name}: {builder.build(name).contents}")
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
