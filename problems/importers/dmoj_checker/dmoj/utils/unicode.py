"""Text and bytes, as DMOJ's checkers convert them."""


def utf8bytes(text):  # noqa: ANN001, ANN201 - as it is there
    """Return text as bytes."""
    return text.encode("utf-8") if isinstance(text, str) else text


def utf8text(raw, errors="strict"):  # noqa: ANN001, ANN201 - as it is there
    """Return bytes as text."""
    return raw.decode("utf-8", errors) if isinstance(raw, bytes) else raw
