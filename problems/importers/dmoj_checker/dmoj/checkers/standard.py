"""DMOJ's standard checker: words, whatever the white space between them."""


def check(process_output, judge_output, **_):  # noqa: ANN001, ANN003, ANN201 - as it is there
    """Return whether both have the same words."""
    return process_output.split() == judge_output.split()
