"""Sandboxes for a machine with no container engine."""

from sandboxes.local.provider import Local

__all__ = ["Local"]
