"""What addresses say, read with care."""

from judge.errors import InvalidInput


def page_mark(sent: str) -> int:
    """Return where a page of history starts.

    Raises:
        InvalidInput: it is no number that we ever gave out.
    """
    if not (sent.isascii() and sent.isdigit() and len(sent) < 19):
        raise InvalidInput("This page of the list does not exist.")
    return int(sent)
