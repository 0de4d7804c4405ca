"""Runner images made without a registry. No builder and no Dockerfile is involved.

A base is bootstrapped from Debian packages (or taken from the engine or a registry); in a container of
it, without a network, apt and pip install what the host downloaded and verified; a last program makes
the tree reproducible and lists what is in it; the container is committed. That works with every engine
since 20.10, keeps downloads out of the image, and shares the base between all images.
"""

from sandboxes.docker.images.builder import ImageBuilder, Options, lock_path, read_lock
from sandboxes.docker.images.store import ImageStore

__all__ = ["ImageBuilder", "ImageStore", "Options", "lock_path", "read_lock"]
