"""What DMOJ's checkers return."""


class CheckerResult:
    """A verdict on one case.

    Args:
        passed: whether the case counts as solved.
        points: given for it.
        feedback: for people.
        extended_feedback: likewise.
    """

    def __init__(self, passed, points, feedback="", extended_feedback=""):  # noqa: ANN001, ANN204 - as it is there
        self.passed = passed
        self.points = points
        self.feedback = feedback or ""
        self.extended_feedback = extended_feedback or ""

    def __bool__(self) -> bool:
        return bool(self.passed)
