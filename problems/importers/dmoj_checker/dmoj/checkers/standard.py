"""DMOJ's standard checker: words line by line, whatever the white space and the blank lines between them."""


def check(process_output, judge_output, **_):  # noqa: ANN001, ANN003, ANN201 - as it is there
    """Return whether both have the same words in the same lines."""
    return _words(process_output) == _words(judge_output)


def _words(raw):  # noqa: ANN001, ANN202 - as above
    raw = raw.encode() if isinstance(raw, str) else raw
    return [line.split() for line in raw.replace(b"\r", b"\n").split(b"\n") if line.strip()]
