"""ICPC packages: settings of groups, arguments of validators, and what cannot be added up as it is there."""

import pytest

from problems.errors import PackageError
from problems.importers.convert import convert
from problems.importers.report import Fate
from tests.factories.foreign import ICPC, write


@pytest.fixture
def run(tmp_path):
    """Import the package of the factories with some files changed; None takes one away."""

    def convert_with(**change):
        change = {name.replace("__", "/"): text for name, text in change.items()}
        files = {name: text for name, text in {**ICPC, **change}.items() if text is not None}
        (tmp_path / "out").mkdir()
        return convert(write(tmp_path / "sum", files), tmp_path / "out")

    return convert_with


def refused(imported):
    return [(entry.file, entry.line, entry.subject) for entry in imported.report.refused()]


def test_arguments_of_each_group_reach_its_validator(run):
    (package,) = run().packages
    rules = package.spec.program.cases
    assert {group.cases[0]: group.arguments for group in rules.checker.groups} == {
        "secret/a/*": ("float_tolerance", "1e-4"),
        "secret/b/*": ("float_tolerance", "1e-4", "strict"),
        "sample/*": ("float_tolerance", "1e-4"),
    }
    assert [(one.name, one.points, one.aggregate, one.after) for one in rules.subtasks] == [
        ("a", 40.0, "min", ()), ("b", 60.0, "mean", ("a",))
    ]  # fmt: skip


def test_settings_are_those_of_the_group_around_unless_it_has_its_own(run):
    files = {
        "problem.yaml": "name: x\ntype: scoring\nlicense: cc0\n",
        "data/secret/testdata.yaml": "accept_score: 7\ngrader_flags: min\noutput_validator_flags: strict\n",
        "data/secret/a/test_group.yaml": None,
        "data/secret/b/test_group.yaml": "accept_score: 9\n",
    }
    imported = run(**files)
    assert refused(imported) == [("data/secret/testdata.yaml", 2, "aggregation of groups")]
    notes = [entry.note for entry in imported.report.entries if entry.subject == "test group"]
    assert notes == ["subtask a, 7 points, min of 1 cases", "subtask b, 9 points, min of 1 cases"]


def test_an_interactive_problem_has_groups_and_arguments_too(run):
    said = ICPC["problem.yaml"].replace("type: scoring", "type: [scoring, interactive]")
    (package,) = run(**{"problem.yaml": said}).packages
    rules = package.spec.interactive
    assert [one.points for one in rules.subtasks] == [40.0, 60.0]
    assert (rules.stop, rules.protocol, len(rules.groups)) == ("never", "icpc", 3)
    assert package.spec.scoring.primary == "points"


def test_groups_of_a_pass_fail_problem_only_sort_its_cases(run):
    said = ICPC["problem.yaml"].replace("type: scoring\n", "")
    (package,) = run(**{"problem.yaml": said, "data/secret/9.in": "1 1", "data/secret/9.ans": "2"}).packages
    assert package.spec.program.cases.subtasks == ()
    assert package.spec.scoring.primary == "cases_passed"


LEGACY = {"data/secret/a/test_group.yaml": None, "data/testdata.yaml": None}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"data/testdata.yaml": "grader_flags: max\n"}, ("data/testdata.yaml", 1, "aggregation of groups")),
        ({"data/secret/a/test_group.yaml": "scoring: {aggregation: max}\n"},
         ("data/testdata.yaml", 2, "aggregation")),
        ({**LEGACY, "data/secret/a/2.in": "1 1", "data/secret/a/2.ans": "2"},
         ("data/secret/a", 0, "on_reject")),
        ({"data/secret/b/test_group.yaml": "reject_score: 5\nscoring: {score: 1}\n"},
         ("data/secret/b/test_group.yaml", 1, "reject_score")),
        ({"data/secret/a/test_group.yaml": "scoring: {require_pass: secret/z}\n"},
         ("data/secret/a/test_group.yaml", 1, "require_pass")),
        ({"problem.yaml": "name: x\ntype: scoring\nvalidation: custom score\n"},
         ("problem.yaml", 3, "validation")),
        ({"problem.yaml": "name: x\ngrading: {objective: min}\n"}, ("problem.yaml", 2, "grading")),
        ({"graders/sum.py": "x"}, ("graders/sum.py", 0, "graders")),
        ({"output_validator/check.py": None}, ("data/secret/b/test_group.yaml", 2, "output_validator_flags")),
    ],
)  # fmt: skip
def test_what_is_added_up_in_another_way_is_refused_with_its_place(run, change, place):
    imported = run(**change)
    assert place in refused(imported)
    assert imported.packages == ()


@pytest.mark.parametrize(
    ("change", "file", "line"),
    [
        ({"data/testdata.yaml": 'x: 1\noutput_validator_flags: "it\'s open"\n'}, "data/testdata.yaml", 2),
        ({"data/testdata.yaml": "output_validator_args: [[1]]\n"}, "data/testdata.yaml", 1),
        ({"data/secret/a/test_group.yaml": "scoring: {score: many}\n"}, "data/secret/a/test_group.yaml", 1),
    ],
)
def test_settings_that_cannot_be_read_have_a_place(run, change, file, line):
    with pytest.raises(PackageError) as raised:
        run(**change)
    assert [(one.code, one.file, one.line) for one in raised.value.findings] == [("bad-value", file, line)]


def test_a_report_does_nothing_to_a_terminal(run):
    imported = run(**{"generators/\x1b[2Jx\n.py": "x"})
    assert [entry.file for entry in imported.report.entries if entry.subject == "generators"] == [
        "generators/ [2Jx .py"
    ]


def test_nothing_that_is_left_out_goes_unsaid(run):
    imported = run(
        **{
            "data/secret/a/1.hint": "x",
            "generators/make.py": "x",
            "data/testdata.yaml": "full_feedback: yes\n",
        }
    )
    left = {(entry.file, entry.subject) for entry in imported.report.entries if entry.fate is Fate.LEFT_OUT}
    assert {
        ("data/secret/a/1.hint", "hint"),
        ("generators/make.py", "generators"),
        ("data/testdata.yaml", "full_feedback"),
        ("input_validators/range.py", "input validator"),
    } <= left
