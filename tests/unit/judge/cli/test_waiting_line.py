"""The command says what a submission waits for, beside its state."""

import pytest

from judge.cli.shown import show_submission
from judge.cli.submit import _plain_line, _state_line
from judge.client.records import Submission

TEXT = "Waiting for a GPU worker (needs 2 × A100 with 40 GiB); none is online."


def submission(**more: object) -> Submission:
    raw = {
        "id": "a1",
        "problem": "tiny",
        "contest": "practice",
        "filename": "solution.py",
        "submitted_at": "2026-01-01T00:00:00Z",
        "state": "queued",
        "queue_position": 3,
        **more,
    }
    return Submission.from_json(raw)


def test_what_it_waits_for_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = submission(waiting_for={"code": "gpu-offline", "text": TEXT, "params": {}})
    assert _plain_line(waiting) == _state_line(waiting) == f"queued: {TEXT}"
    show_submission(waiting)
    assert TEXT in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize("line", [None, {}, "nonsense"])
def test_otherwise_its_place_is(line: object, capsys: pytest.CaptureFixture[str]) -> None:
    plain = submission(waiting_for=line)
    assert (_plain_line(plain), _state_line(plain)) == ("queued", "queued (3)")
    show_submission(plain)
    assert "Waiting" not in capsys.readouterr().out
