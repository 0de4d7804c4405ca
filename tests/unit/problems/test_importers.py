"""Importers: foreign packages, made here in the formats of their platforms, become ours line by line."""

import json

import pytest

from problems.errors import PackageError
from problems.importers.convert import convert
from problems.importers.report import Fate
from tests.factories.foreign import write, zipped

MIN_BOARD = (
    "leaderboards:\n- title: R\n  columns:\n  - {title: Accuracy, key: accuracy, index: 0, sorting: desc}\n"
)


def run(tmp_path, files, name="sum"):
    out = tmp_path / "out"
    out.mkdir()
    return convert(write(tmp_path / name, files), out)


def said(imported, fate):
    return [entry.subject for entry in imported.report.entries if entry.fate is fate]


ICPC = {
    "problem.yaml": "name: A Sum\nlicense: cc by-sa\nvalidator_flags: float_tolerance 1e-4\nlimits: {memory: 256}\n",
    "problem_statement/problem.en.tex": "\\problemname{A Sum}\nAdd $a$ and $b$.\n\\section*{Input}\nTwo numbers.",
    "data/sample/1.in": "1 2\n",
    "data/sample/1.ans": "3\n",
    "data/secret/01.in": "2 2\n",
    "data/secret/01.ans": "4\n",
    "submissions/accepted/sum.py": "print(sum(map(int, input().split())))\n",
    "submissions/accepted/sum.hs": "main = interact id",
    "submissions/wrong_answer/zero.c": "int main(void) { return 0; }\n",
}


def test_a_legacy_icpc_problem(tmp_path):
    imported = run(tmp_path, ICPC)
    (package,) = imported.packages
    checker = package.spec.program.cases.checker
    assert (checker.kind, checker.absolute, checker.relative, checker.ignore_case) == (
        "float",
        1e-4,
        1e-4,
        True,
    )
    assert package.spec.limits.execute.memory_mib == 256
    assert {one.name: one.verdicts for one in package.examples} == {
        "accepted-sum": ("AC",), "wrong_answer-zero": ("WA", "PE")
    }  # fmt: skip
    assert {"hidden/inputs/secret/01.in", "hidden/reference/secret/01.ans", "public/samples/1.in"} <= set(
        package.files
    )
    assert "time limit" in said(imported, Fate.MISSING)
    assert "language" in said(imported, Fate.LEFT_OUT)
    statement = package.statement("en")
    assert "Add $a$ and $b$." in statement
    assert "## Sample 1" in statement


def test_groups_and_a_checker_of_2023_07(tmp_path):
    files = {
        **ICPC,
        "problem.yaml": "problem_format_version: 2023-07\ntype: scoring\nname: {en: Sum, zh: 求和}\nlicense: cc0\n"
        "limits: {time_limit: 2}\n",
        "output_validator/check/validate.cc": "int main() {}",
        "output_validator/check/validate.h": "",
        "data/secret/a/1.in": "1 1\n",
        "data/secret/a/1.ans": "2\n",
        "data/secret/a/test_group.yaml": "scoring: {score: 40, aggregation: min}\n",
        "data/secret/b/1.in": "1 1\n",
        "data/secret/b/1.ans": "2\n",
        "data/secret/b/test_group.yaml": "scoring: {score: 60, aggregation: sum, require_pass: [secret/a]}\n",
    }
    for name in ("data/secret/01.in", "data/secret/01.ans"):
        del files[name]
    (package,) = run(tmp_path, files).packages
    rules = package.spec.program.cases
    assert [(one.name, one.points, one.aggregate, one.after) for one in rules.subtasks] == [
        ("a", 40.0, "min", ()), ("b", 60.0, "mean", ("a",))
    ]  # fmt: skip
    assert (rules.checker.protocol, rules.checker.source) == ("icpc", "checker/check/validate.cc")
    assert package.spec.limits.execute.cpu_time_s == 2
    assert package.spec.names.zh == "求和"
    assert package.spec.scoring.primary == "points"


def test_an_interactive_problem(tmp_path):
    files = {
        **ICPC,
        "problem.yaml": "name: Guess\nlicense: cc0\nvalidation: custom interactive\n",
        "output_validators/v.py": "import sys\nsys.exit(42)\n",
    }
    (package,) = run(tmp_path, files).packages
    assert (package.spec.kind, package.spec.interactive.interactor) == ("interactive", "interactor/v.py")


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"problem.yaml": "name: x\ntype: multi-pass\n"}, "type"),
        ({"include/py/lib.py": "x = 1\n"}, "include"),
        ({"data/secret/01.files/a.txt": "x"}, "file of a test case"),
        ({"output_validators/a.py": "", "output_validators/b.py": ""}, "output validator"),
    ],
)
def test_what_would_change_the_judging_is_refused(tmp_path, change, subject):
    imported = run(tmp_path, {**ICPC, **change})
    assert imported.packages == ()
    assert subject in said(imported, Fate.REFUSED)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "code", "file", "line"),
    [
        ({"data/secret/01.ans": None}, "case-incomplete", "data/secret/01.in", 0),
        ({"problem.yaml": "name: x\n  bad: ["}, "yaml-syntax", "problem.yaml", 2),
        ({"problem.yaml": "name: x\n\nvalidation: custom\n"}, "validator-missing", "problem.yaml", 3),
        ({"problem.yaml": b"\xff"}, "not-utf-8", "problem.yaml", 0),
    ],
)
def test_what_cannot_be_read_has_a_place(tmp_path, change, code, file, line):
    files = {name: content for name, content in {**ICPC, **change}.items() if content is not None}
    with pytest.raises(PackageError) as raised:
        run(tmp_path, files)
    assert [(one.code, one.file, one.line) for one in raised.value.findings] == [(code, file, line)]


def test_links_lead_nowhere_else(tmp_path):
    folder = write(tmp_path / "sum", ICPC)
    (folder / "data/secret/02.in").symlink_to("01.in")
    (folder / "data/secret/02.ans").symlink_to("01.ans")
    (tmp_path / "out").mkdir()
    (package,) = convert(folder, tmp_path / "out").packages
    assert package.files["hidden/inputs/secret/02.in"].path.read_text() == "2 2\n"
    (folder / "data/secret/03.in").symlink_to("/etc/passwd")
    (tmp_path / "more").mkdir()
    with pytest.raises(PackageError, match="link-outside"):
        convert(folder, tmp_path / "more")


DMOJ = {
    "init.yml": "archive: data.zip\nchecker: {name: floats, args: {precision: 3}}\nhints: [x]\npoints: 5\ntest_cases:\n"
    "- {in: 1.in, out: 1.out, points: 10}\n- batched:\n  - {in: 1.in, out: 1.out}\n  - {in: 2.in, out: 2.out}\n"
    "  points: 30\n- batched:\n  - {in: 2.in, out: 2.out}\n  dependencies: [1]\n",
    "data.zip": zipped({"1.in": "1\r\n2", "1.out": "3\n", "2.in": "4\n", "2.out": "5\n"}),
    "tests/good/test.yml": "language: PY3\nsource: a.py\nexpect: AC\n",
    "tests/good/a.py": "print(3)\n",
}


def test_a_dmoj_problem(tmp_path):
    imported = run(tmp_path, DMOJ)
    (package,) = imported.packages
    rules = package.spec.program.cases
    assert [(one.name, one.points, one.after) for one in rules.subtasks] == [
        ("c001", 10.0, ()), ("c002", 30.0, ()), ("c003", 5.0, ("c002",))
    ]  # fmt: skip
    assert (rules.checker.kind, rules.checker.absolute) == ("float", 1e-3)
    assert package.files["hidden/inputs/c001/001.in"].path.read_bytes() == b"1\n2\n"
    assert package.examples[0].score == (45.0, 45.0)
    assert "hints" in said(imported, Fate.LEFT_OUT)


@pytest.mark.parametrize("key", ["custom_judge: a.py", "signature_grader: {entry: a.c}"])
def test_programs_inside_the_judge_are_refused(tmp_path, key):
    imported = run(tmp_path, {**DMOJ, "init.yml": f"{key}\n{DMOJ['init.yml']}", "a.py": "", "gen.py": ""})
    assert key.partition(":")[0] in said(imported, Fate.REFUSED)
    assert imported.packages == ()


def test_a_python_checker_is_wrapped(tmp_path):
    files = {**DMOJ, "init.yml": DMOJ["init.yml"].replace("{name: floats, args: {precision: 3}}", "check.py")}
    (package,) = run(tmp_path, {**files, "check.py": "def check(a, b, **k): return True\n"}).packages
    checker = package.spec.program.cases.checker
    assert json.loads(checker.groups[0].arguments[0])["module"] == "check.py"
    assert "hidden/reference/checker/dmoj/result.py" in package.files


CODABENCH = {
    "competition.yaml": "version: 2\ntitle: Seeds\npages:\n- {title: Overview, file: overview.md}\ntasks:\n"
    "- {index: 0, name: Dev, scoring_program: scoring/, reference_data: ref/, ingestion_program: ingestion.zip,"
    " input_data: input/}\nsolutions:\n- {index: 0, tasks: [0], path: solution/}\nphases:\n- {name: One, start: 2024-01-01,"
    " execution_time_limit: 60, tasks: [0]}\n" + MIN_BOARD,
    "overview.md": "# Seeds\n",
    "scoring/metadata.yaml": "command: python3 /app/program/score.py /app/input/ /app/output/\n",
    "scoring/score.py": "",
    "ref/labels": "1\n",
    "input/data": "2\n",
    "ingestion.zip": zipped(
        {
            "metadata": "command: python $ingestion_program/run.py $input $output $submission_program\n",
            "run.py": "",
        }
    ),
    "solution/model.py": "",
}


def test_a_codabench_bundle_of_version_2(tmp_path):
    imported = run(tmp_path, CODABENCH)
    (package,) = imported.packages
    (step,) = package.spec.program.steps
    assert step.command == (
        "sh",
        "-c",
        'cd /app/program && exec "$0" "$@"',
        "python3",
        "/app/program/run.py",
        "/app/input_data",
        "/app/output",
        "/app/ingested_program",
    )
    assert package.spec.scoring.options["command"][1:] == [
        "/app/program/score.py",
        "/app/input/",
        "/app/output/",
    ]
    names = set(package.files)
    assert {
        "hidden/reference/ref/labels",
        "hidden/inputs/input_data/data",
        "hidden/inputs/program/run.py",
    } <= names
    assert not any(name.startswith("hidden/inputs") and "labels" in name for name in names)
    assert package.spec.limits.execute.wall_time_s == 60
    assert package.examples[0].format == "zip"


def test_a_codalab_bundle_of_version_1_5_with_results(tmp_path):
    files = {
        "competition.yaml": "title: Old\nphases:\n  1: {label: A, phasenumber: 1, scoring_program: s.zip, reference_data: r.zip,"
        " starting_kit: kit.zip}\n  2: {label: B, scoring_program: s.zip, reference_data: r.zip}\nleaderboard:\n"
        "  leaderboards: {Results: &R {label: R, rank: 1}}\n  columns:\n    loss: {leaderboard: *R, rank: 1, sort: asc}\n"
        "    gain: {leaderboard: *R, rank: 2}\n",
        "s.zip": zipped({"metadata": "command: python $program/score.py $input $output\n", "score.py": ""}),
        "r.zip": zipped({"truth.txt": "hidden words\n", "__MACOSX/x": "", ".DS_Store": ""}),
        "kit.zip": zipped({"README.md": "hello", "leak.txt": "hidden words\n", ".ipynb_checkpoints/a": ""}),
    }
    imported = run(tmp_path, files)
    assert [package.spec.kind for package in imported.packages] == ["predictions", "predictions"]
    first = imported.packages[0]
    assert [(one.name, one.higher_is_better) for one in first.spec.scoring.metrics] == [
        ("loss", False),
        ("gain", True),
    ]
    assert "public/starter/README.md" in first.files
    assert "public/starter/leak.txt" not in first.files


def test_labels_beside_submitted_code_are_refused(tmp_path):
    program = zipped({"metadata": "command: python $ingestion_program/run.py $hidden\n", "run.py": ""})
    imported = run(tmp_path, {**CODABENCH, "ingestion.zip": program})
    assert "labels beside submitted code" in said(imported, Fate.REFUSED)


def test_labels_in_the_input_data_are_not_put_beside_submitted_code(tmp_path):
    imported = run(tmp_path, {**CODABENCH, "input/labels.txt": "1\n"})
    (package,) = imported.packages
    assert "hidden/inputs/input_data/data" in package.files
    assert "hidden/inputs/input_data/labels.txt" not in package.files
    assert "labels beside submitted code" in said(imported, Fate.ADAPTED)


def test_a_program_of_python_2_is_refused_with_its_line(tmp_path):
    imported = run(tmp_path, {**CODABENCH, "scoring/score.py": "import sys\nprint 'no'\n"})
    assert [(entry.file, entry.line) for entry in imported.report.refused()] == [
        ("scoring_program/score.py", 2)
    ]


def test_data_on_another_server_is_refused(tmp_path):
    files = {**CODABENCH, "competition.yaml": CODABENCH["competition.yaml"].replace("ref/", "0b2f-aa")}
    assert "reference_data" in said(run(tmp_path, files), Fate.REFUSED)


KAGGLE = {
    "sample_submission.csv": "id,y\n1,0\n2,0\n3,0\n",
    "solution.csv": "id,y,Usage\n1,1,Public\n2,0,Private\n3,1,Private\n",
    "metric.py": "def score(solution, submission, row_id_column_name):\n    return float((solution.y == submission.y).mean())\n",
    "train.csv": "id,y\n9,1\n",
    "description.md": "# Guess\n",
}


def test_a_kaggle_style_folder(tmp_path):
    (tmp_path / "out").mkdir()
    imported = convert(write(tmp_path / "guess-it", KAGGLE), tmp_path / "out", higher_is_better=True)
    (package,) = imported.packages
    assert package.spec.scoring.options["parameters"] == {"row_id": "id", "columns": ["id", "y"]}
    assert {
        "scorer.py",
        "hidden/reference/solution.csv",
        "hidden/reference/metric.py",
        "public/train.csv",
    } <= set(package.files)
    assert not any(name.startswith("public/solution") for name in package.files)


def test_the_direction_of_a_metric_has_to_be_said(tmp_path):
    assert said(run(tmp_path, KAGGLE), Fate.REFUSED) == ["direction"]


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        ({"solution.csv": "id,y,Usage\n1,1,Public\n2,0,Hidden\n"}, "solution-usage", 3),
        ({"solution.csv": "id,y\n1,1\n"}, "solution-columns", 1),
        ({"sample_submission.csv": ""}, "header-missing", 1),
        ({"metric.py": None}, "metric-missing", 0),
    ],
)
def test_a_solution_that_does_not_fit_has_a_place(tmp_path, change, code, line):
    files = {name: content for name, content in {**KAGGLE, **change}.items() if content is not None}
    with pytest.raises(PackageError) as raised:
        run(tmp_path, files)
    assert [(one.code, one.line) for one in raised.value.findings] == [(code, line)]


def test_an_unknown_package_says_what_is_known(tmp_path):
    with pytest.raises(PackageError, match="format-unknown"):
        run(tmp_path, {"readme.txt": "hello"})
