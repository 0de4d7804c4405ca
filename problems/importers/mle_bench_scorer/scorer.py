"""Scores a competition of mle-bench by its own grader, called as mle-bench calls it.

The grader's InvalidSubmissionError is for the contestant to read; any other error of it is its own fault.
There is one set of answers: its score counts on the leaderboard and at the end.
"""

import importlib
import sys

from scoring.custom import Refused, Result, Submission


def score(submission: Submission) -> Result:
    """Return the grader's score, to five decimals."""
    said = submission.parameters
    sys.path.insert(0, str(submission.reference / "modules"))
    from mlebench.utils import load_answers, read_csv

    found = read_csv(submission.path)
    missing = [name for name in said["columns"] if name not in found.columns]
    if missing:
        names = ", ".join(missing)
        raise Refused(en=f"Columns are missing: {names}.", zh=f"缺少列：{names}。")
    grade = getattr(importlib.import_module(said["module"]), said["function"])
    try:
        value = grade(found, load_answers(submission.reference / said["answers"]))
    except Exception as error:
        if type(error).__name__ != "InvalidSubmissionError":
            raise
        raise Refused(en=str(error), zh=f"评分程序拒绝了提交：{error}") from None
    result = Result()
    for split in ("public", "private"):
        result.metric("score", round(float(value), 5), split=split)
    return result
