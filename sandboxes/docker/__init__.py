"""Sandboxes as Docker containers. The only package that talks to an engine."""

from sandboxes.docker.provider import Docker

__all__ = ["Docker"]
