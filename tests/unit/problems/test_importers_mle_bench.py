"""Competitions of mle-bench: what is mapped, and what has to lie beside them."""

import pytest

from problems.errors import PackageError
from problems.importers.convert import convert
from problems.importers.report import Fate
from tests.factories.foreign import MLE_BENCH, write


@pytest.fixture
def run(tmp_path):
    """Import the competition of the factories with some files changed; None takes one away."""

    def convert_with(change, **options):
        files = {name: text for name, text in {**MLE_BENCH, **change}.items() if text is not None}
        (tmp_path / "out").mkdir()
        return convert(write(tmp_path / "guess-it", files), tmp_path / "out", **options)

    return convert_with


def test_a_competition(run):
    imported = run({})
    (package,) = imported.packages
    names = set(package.files)
    folder = "hidden/reference/modules/mlebench"
    assert {
        "public/train.csv", "public/sample_submission.csv", "hidden/reference/private/answers.csv",
        f"{folder}/grade_helpers.py", f"{folder}/metrics.py", f"{folder}/competitions/guess-it/grade.py",
    } <= names  # fmt: skip
    assert not any(
        "prepare" in name or "answers" in name for name in names if not name.startswith("hidden/ref")
    )
    assert package.spec.scoring.metrics[0].higher_is_better is True
    assert [(one.name, one.role) for one in package.examples] == [("sample", "baseline"), ("gold", "good")]
    left = {entry.file for entry in imported.report.entries if entry.fate is Fate.LEFT_OUT}
    assert {"prepare.py", "leaderboard.csv", "config.yaml"} <= left


def test_the_direction_is_what_the_leaderboard_says_unless_the_organizer_does(run):
    down = {"leaderboard.csv": "score\n0.1\n0.7\n"}
    (package,) = run(down).packages
    assert package.spec.scoring.metrics[0].higher_is_better is False


def test_the_organizers_word_counts(run):
    (package,) = run({"leaderboard.csv": None}, higher_is_better=False).packages
    assert package.spec.scoring.metrics[0].higher_is_better is False


def test_private_data_is_never_made_public(run):
    imported = run({"prepared/public/copy.csv": MLE_BENCH["prepared/private/answers.csv"]})
    assert "public/copy.csv" not in imported.packages[0].files
    notes = [entry.note for entry in imported.report.entries if entry.file == "prepared/public/copy.csv"]
    assert notes == ["is private data itself: not made public"]


GRADE = "mlebench/competitions/guess-it/grade.py"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({name: None for name in MLE_BENCH if name.startswith("prepared/")}, ("config.yaml", 5, "dataset")),
        ({"mlebench/metrics.py": None}, (GRADE, 3, "imports mlebench.metrics")),
        ({"mlebench/metrics.py": "x = 1"}, (GRADE, 3, "imports mlebench.metrics.share")),
        ({"constants.py": None}, (GRADE, 4, "imports mlebench.competitions.guess-it.constants")),
        ({"leaderboard.csv": "version https://git-lfs\n"}, ("leaderboard.csv", 0, "direction")),
        ({"config.yaml": MLE_BENCH["config.yaml"].replace(".grade:grade", ".other:grade")},
         ("config.yaml", 9, "grader")),
        ({"config.yaml": MLE_BENCH["config.yaml"].replace("private/answers.csv", "public/train.csv")},
         ("config.yaml", 6, "dataset.answers")),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_with_its_place(run, change, place):
    imported = run(change)
    assert place in [(entry.file, entry.line, entry.subject) for entry in imported.report.refused()]
    assert imported.packages == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"prepared/private/answers.csv": None}, "file-missing"),
        ({"grade.py": "def grade(:\n"}, "source-syntax"),
        ({"prepared/public/sample_submission.csv": "\n"}, "header-missing"),
        ({"config.yaml": "id: x\nid2: ["}, "yaml-syntax"),
    ],
)
def test_what_cannot_be_read_has_a_place(run, change, code):
    with pytest.raises(PackageError) as raised:
        run(change)
    (finding,) = raised.value.findings
    assert (finding.code, bool(finding.file)) == (code, True)
