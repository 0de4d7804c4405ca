"""Scorer `cases`: every way to add up test cases, by split and by subtask, worked by hand."""

import json

import pytest

from scoring.__main__ import score
from scoring.contract import ScoringReport, ScoringRequest
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.scorers import Places

ALL = ("cases_passed", "cases_mean", "cases_sum", "cases_min", "cases_weighted", "points")


def case(name, score=None, split="public", said=None):
    """Return a case that the judge has ruled on, or one whose output is still to be checked."""
    if said is not None:
        return {"name": name, "split": split, "said": said}
    return {"name": name, "split": split, "score": score, "verdict": "AC" if score == 1 else "WA"}


def scored(folder, cases, *, subtasks=(), metrics=ALL, **options) -> ScoringReport:
    entries, outputs = [], b""
    for one in cases:
        said = one.pop("said", None)
        if said is not None:
            one |= {"offset": len(outputs), "n_bytes": len(said)}
            outputs += said
        entries.append({**one, "title": {"en": one["name"], "zh": one["name"]}})
    (folder / "reference").mkdir()
    (folder / "reference" / "right.ans").write_bytes(b"4 2\n")
    (folder / "reference" / "wrong.ans").write_bytes(b"4 2\n")
    (folder / "outputs.bin").write_bytes(outputs)
    (folder / "cases.json").write_text(
        json.dumps({"checker": {"kind": "tokens"}, "subtasks": list(subtasks), "cases": entries})
    )
    request = ScoringRequest(
        scorer="cases", options=options, metrics=[{"name": name} for name in metrics], primary=metrics[0]
    )
    return score(request, Places(inputs=folder, channel=folder / "channel"))


def values(report, split="public"):
    return {one.key: one.value for one in report.metrics if one.split == split}


def test_mean_sum_min_weighted(tmp_path):
    cases = [case("a", 1), case("b", 0.5), case("c", 0), case("shown", 1, "sample"), case("p", 1, "private")]
    report = scored(tmp_path, cases, partial=True, weights={"a": 2, "b": 5})
    assert values(report) == {
        "cases_passed": pytest.approx(1 / 3),
        "cases_mean": 0.5,
        "cases_sum": 1.5,
        "cases_min": 0,
        "cases_weighted": pytest.approx((2 + 2.5) / 8),
        "points": 1.5,
    }
    assert values(report, "private") == dict.fromkeys(ALL, 1)
    assert values(report, "sample") == {}  # shown, and worth nothing
    assert {one.name: one.weight for one in report.cases} == {"a": 2, "b": 5, "c": 1, "shown": 1, "p": 1}


def test_without_partial_scores_a_case_is_right_or_wrong(tmp_path):
    assert values(scored(tmp_path, [case("a", 1), case("b", 0.9)]))["cases_mean"] == 0.5


def test_outputs_are_checked(tmp_path):
    report = scored(tmp_path, [case("right", said=b"4   2"), case("wrong", said=b"4 3")])
    assert [one.verdict for one in report.cases] == ["AC", "WA"]
    assert report.cases[1].message.params == {}  # where it differs would tell of the answer


def subtask(name, cases, **more):
    return {"name": name, "points": 10, "cases": cases, "titles": {"en": name.title(), "zh": name}, **more}


def test_subtasks(tmp_path):
    cases = [case("a", 1), case("b", 0.5), case("c", 1), case("d", 0.25), case("e", 1, "private")]
    subtasks = [
        subtask("all", ["a", "b"]),
        subtask("mean", ["a", "b"], aggregate="mean", points=4),
        subtask("sum", ["c", "d"], aggregate="sum", points=2),
        subtask("late", ["c"], after=["mean"]),
        subtask("then", ["a"], after=["sum"], points=1),
        subtask("hidden", ["e"]),
    ]
    names = tuple(f"subtask_{one['name']}" for one in subtasks)
    report = scored(tmp_path, cases, subtasks=subtasks, metrics=("points", *names), partial=True)
    assert values(report) == {
        "points": 10 * 0.5 + 4 * 0.75 + 2 * 1.25 + 0 + 1,
        "subtask_all": 0.5,
        "subtask_mean": 0.75,
        "subtask_sum": 1.25,
        "subtask_late": 0.0,  # nothing before what it comes after is whole
        "subtask_then": 1.0,
        "subtask_hidden": None,  # it has no case on this split
    }
    told = [(s.name, s.title["en"], s.points, s.max_points, s.n_passed, s.n_cases) for s in report.subtasks]
    assert told == [
        ("all", "All", 5, 10, 1, 2),
        ("mean", "Mean", 3, 4, 1, 2),
        ("sum", "Sum", 2.5, 4, 1, 2),
        ("late", "Late", 0, 10, 1, 1),
        ("then", "Then", 1, 1, 1, 1),
        ("hidden", "Hidden", 10, 10, 1, 1),
    ]
    assert [one.split for one in report.subtasks] == ["public"] * 5 + ["private"]
    assert [one.subtask for one in report.cases] == ["all", "all", "sum", "sum", "hidden"]


def test_what_the_organizer_got_wrong_has_a_message(tmp_path):
    with pytest.raises(ScorerMisconfigured, match="cases_median"):
        scored(tmp_path, [case("a", 1)], metrics=("cases_median",))


def test_a_case_without_an_answer_is_a_broken_reference(tmp_path):
    with pytest.raises(ReferenceBroken, match=r"missing\.ans"):
        scored(tmp_path, [case("missing", said=b"1")])
