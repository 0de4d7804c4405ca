"""The error that DMOJ's checkers raise for faults of their own."""


class InternalError(Exception):
    """The checker cannot decide."""
