"""The error by which graders refuse a submission."""


class InvalidSubmissionError(Exception):
    """The submission cannot be graded; its text is for whoever made it."""
