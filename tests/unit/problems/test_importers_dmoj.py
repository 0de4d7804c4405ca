"""DMOJ problems: patterns of names, pretests, programs with flags, interactors, checkers in Python."""

import json

import pytest

from problems.errors import PackageError
from problems.importers import dmoj_patterns
from problems.importers.convert import convert
from problems.importers.report import Fate
from scoring.case_files import CheckerSpec
from scoring.checkers import find_mismatch
from tests.factories.foreign import DMOJ, write, zipped


@pytest.fixture
def run(tmp_path):
    """Import a problem of an init.yml, as plain data, and files."""

    def convert_with(said, **files):
        (tmp_path / "out").mkdir()
        text = said if isinstance(said, str) else json.dumps(said)
        return convert(write(tmp_path / "sum", {"init.yml": text, "x": "1\n", **files}), tmp_path / "out")

    return convert_with


def refused(imported):
    return [(entry.file, entry.line, entry.subject) for entry in imported.report.refused()]


ONE = [{"in": "x", "out": "x", "points": 10}]
NAMES = ("1.in", "1.out", "2.1.in", "2.1.out", "2.2.in", "2.2.out", "10.in", "10.out")


def test_cases_are_found_by_the_names_in_the_archive(run):
    archive = zipped({f"folder/{name}": name for name in NAMES})
    (package,) = run({"archive": "a.zip", "points": 3}, **{"a.zip": archive}).packages
    subtasks = package.spec.program.cases.subtasks
    assert [(one.name, one.points) for one in subtasks] == [("c001", 3.0), ("c002", 3.0), ("c003", 3.0)]
    assert {
        name: package.files[f"hidden/inputs/{name}.in"].path.read_text()
        for name in ("c001/001", "c002/001", "c002/002", "c003/001")
    } == {"c001/001": "1.in\n", "c002/001": "2.1.in\n", "c002/002": "2.2.in\n", "c003/001": "10.in\n"}


def test_patterns_and_points_of_ones_own(run):
    said = {
        "archive": "a.zip",
        "test_cases": {
            "input_format": r"(?P<batch>\w)(?P<case>\d+)i$",
            "output_format": r"(?P<batch>\w)(?P<case>\d+)o$",
            "case_points": [1, 4],
        },
    }
    files = {f"{name}{end}": name for name in ("a1", "b2", "b10") for end in "io"}
    (package,) = run(said, **{"a.zip": zipped(files)}).packages
    assert [one.points for one in package.spec.program.cases.subtasks] == [1.0, 4.0]
    assert package.files["hidden/inputs/c002/002.in"].path.read_text() == "b10\n"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"input_format": "("}, "no regular expression"),
        ({"input_format": ".*"}, "names no `case`"),
        ({"input_format": r"(\w|\w\w)*!"}, "takes too long"),
        ({"case_points": [1]}, "3 of them are needed"),
        ({"input_format": "x", "output_format": "x"}, "no file of the archive"),
    ],
)
def test_patterns_that_do_not_work_are_told(run, monkeypatch, settings, words):
    monkeypatch.setattr(dmoj_patterns, "_TIMEOUT_S", 2 if "long" in words else 60)
    files = dict.fromkeys((*NAMES, "a" * 60), "x")
    with pytest.raises(PackageError) as raised:
        run({"archive": "a.zip", "test_cases": settings}, **{"a.zip": zipped(files)})
    (finding,) = raised.value.findings
    assert (finding.file, finding.line) == ("init.yml", 1)
    assert words in finding.message


def test_who_fails_a_pretest_gets_nothing_for_what_comes_later(run):
    said = {
        "pretest_test_cases": [{"in": "x", "out": "x", "points": 50}],
        "test_cases": [*ONE, {"in": "x", "out": "x", "points": 0}, *ONE],
    }
    (package,) = run(said).packages
    assert [(one.points, one.after) for one in package.spec.program.cases.subtasks] == [
        (0.0, ()), (10.0, ("c001",)), (0.0, ("c001",)), (10.0, ("c001", "c003"))
    ]  # fmt: skip


def test_flags_that_define_names_are_written_into_the_source(run):
    args = {"files": ["check.c", "more.h"], "flags": ["-DFLAG", "-DN=3"], "type": "testlib"}
    said = {"checker": {"name": "bridged", "args": args}, "test_cases": ONE}
    (package,) = run(said, **{"check.c": "int main(void) { return 0; }\n", "more.h": ""}).packages
    checker = package.spec.program.cases.checker
    assert package.files[f"hidden/reference/{checker.source}"].path.read_text() == (
        "#define FLAG 1\n#define N 3\n#line 1\nint main(void) { return 0; }\n"
    )
    assert checker.groups[0].points == 10.0


PROGRAM = {"files": "talk.c", "type": "testlib"}


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ({"interactive": {**PROGRAM, "flags": ["-O3"]}}, "compiler flag -O3"),
        ({"interactive": {**PROGRAM, "args_format_string": "{answer_file}"}}, "args_format_string"),
        ({"interactive": {**PROGRAM, "type": "coci"}}, "bridged interactor of type coci"),
        ({"interactive": {"files": ["talk.c", "x.cpp"]}}, "interactive talk.c, x.cpp"),
        ({"interactive": "talk.c"}, "interactive "),
        ({"checker": "result.py"}, "checker result.py"),
        ({"checker": "imports.py"}, "checker imports.py"),
        ({"checker": "old.py"}, "checker old.py"),
        ({"checker": "best"}, "checker best"),
        ({"test_cases": [{"in": "x", "points": 0}]}, "points"),
    ],
)  # fmt: skip
def test_what_decides_otherwise_is_refused(run, said, subject):
    files = {
        "talk.c": "",
        "x.cpp": "",
        "result.py": "def check(a, b, *, result, **more): return True\n",
        "imports.py": "from dmoj.judgeenv import env\ndef check(a, b, **more): return True\n",
        "old.py": "print 'no'\n",
    }
    imported = run({"test_cases": ONE, **said}, **files)
    assert subject in [subject for _, _, subject in refused(imported)]
    assert imported.packages == ()


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"in": "y"}, "file-missing"),
        ({"in": "x", "generator": "x", "generator_args": [1]}, "case-ambiguous"),
        ({"in": "x", "checker": "easy"}, "case-settings"),
        ({"batched": [{"in": "x"}], "dependencies": [1]}, "bad-dependency"),
    ],
)
def test_a_case_that_cannot_be_read_has_a_place(run, case, code):
    with pytest.raises(PackageError) as raised:
        run(f"a: 1\nb: 2\ntest_cases:\n- {{in: x}}\n- {json.dumps(case)}\n")
    assert [(one.code, one.file, one.line) for one in raised.value.findings] == [(code, "init.yml", 5)]


def test_binary_data_is_kept_byte_by_byte(run):
    said = {"binary_data": True, "checker": "identical", "test_cases": [{"in": "raw", "out": "raw"}]}
    (package,) = run(said, raw=b"\r\n\0").packages
    assert package.files["hidden/inputs/c001/001.in"].path.read_bytes() == b"\r\n\0"


@pytest.mark.parametrize(
    ("kind", "found", "right", "number"),
    [
        ("tokens", "1  2\r\n\r\n3\n", "1 2\n3", None),
        ("tokens", "1\n2 3\n", "1 2\n3\n", 1),
        ("tokens", "1 2\n", "1 2\n3\n", 2),
        ("float", "1.0001 a\n\n2\n", "1 a\n2", None),
        ("float", "1\n2\n", "1 2\n", 1),
    ],
)
def test_words_are_compared_line_by_line(kind, found, right, number):
    """As DMOJ's standard checker does: a line end is no space, a blank line is nothing."""
    checker = CheckerSpec(kind=kind, by_line=True, absolute=1e-3 if kind == "float" else 0)
    mismatch = find_mismatch(checker, found.encode(), right.encode())
    assert (mismatch and (mismatch.unit, mismatch.number)) == (None if number is None else ("line", number))


def test_everything_that_is_left_out_is_said(run):
    said = DMOJ["init.yml"].replace("generator:", "symlinks: {a: b}\nunbuffered: true\nother: 1\n#")
    said = said.replace("{generator_args: [2, 3]}", "{in: 2.in, out: 2.out}")
    imported = run(said, **{"data.zip": DMOJ["data.zip"]})
    left = {entry.subject: entry.line for entry in imported.report.entries if entry.fate is Fate.LEFT_OUT}
    assert left == {"hints": 3, "symlinks": 16, "unbuffered": 17, "other": 18}
