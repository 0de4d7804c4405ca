"""Exit codes by verdict, and text that a terminal must not obey."""

import pytest

from judge.cli.exits import ExitCode
from judge.cli.shown import VERDICTS, exit_code_of, reaches, size_text
from judge.cli.terminal import clean, clean_block, number
from judge.client import Submission
from judge.client.texts import ZH
from judge.models.words import Verdict


def submission(verdict: str | None, *, score: float | None = None, higher: bool = True, state: str = "done"):
    return Submission.from_json(
        {
            "id": "a",
            "problem": "p",
            "contest": "c",
            "filename": "f",
            "submitted_at": "",
            "state": state,
            "verdict": verdict,
            "score": score,
            "metric": "m",
            "metrics": [{"key": "m", "split": "public", "value": score, "higher_is_better": higher}],
        }
    )


@pytest.mark.parametrize("verdict", [word.value for word in Verdict])
def test_each_verdict_has_an_exit_code_and_words_in_both_languages(verdict: str) -> None:
    expected = {"AC": ExitCode.OK, "JE": ExitCode.JUDGE_ERROR}.get(verdict, ExitCode.NOT_ACCEPTED)
    assert exit_code_of(submission(verdict)) is expected
    assert VERDICTS[verdict] in ZH


def test_what_is_not_judged_yet_is_no_failure_and_what_was_cancelled_is() -> None:
    assert exit_code_of(submission(None, state="running")) is ExitCode.OK
    assert exit_code_of(submission(None, state="cancelled")) is ExitCode.NOT_ACCEPTED


@pytest.mark.parametrize(
    ("score", "wanted", "higher", "expected"),
    [(0.5, 0.5, True, True), (0.4, 0.5, True, False), (0.4, 0.5, False, True), (0.6, 0.5, False, False),
     (None, 0.0, True, False)],
)  # fmt: skip
def test_reaching_a_score_follows_the_direction(score, wanted, higher, expected) -> None:
    assert reaches(submission("AC", score=score, higher=higher), wanted) is expected


def test_min_score_decides_for_wa_too_but_not_for_crashes() -> None:
    assert exit_code_of(submission("WA", score=0.9), min_score=0.8) is ExitCode.OK
    assert exit_code_of(submission("RTE", score=0.9), min_score=0.8) is ExitCode.NOT_ACCEPTED
    assert exit_code_of(submission("JE"), min_score=0.8) is ExitCode.JUDGE_ERROR


def test_text_from_elsewhere_is_harmless() -> None:
    assert clean("a\x1b[31mb\u202e\u200b\x07\r\n\x9b") == "a[31mb"
    assert clean("队伍 Ünï") == "队伍 Ünï"
    assert clean_block("a\tb\n\x1bc") == "a   b\nc"


def test_numbers_and_sizes() -> None:
    assert number(None) == "–" and number(0.123456789) == "0.123457"
    assert size_text(2048) == "2.0 KiB" and size_text(3 * 2**20) == "3.0 MiB"
