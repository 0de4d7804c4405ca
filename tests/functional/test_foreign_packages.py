"""Packages of other platforms, imported and judged for real: each gives the scores its author meant.

On the local provider, in Python, so that it is quick; programs that importing needs run in sandboxes too.
"""

import json
import os
import subprocess
import sys

import pytest

from judge.worker.bench import DirectSource
from judge.worker.proving import check_example
from judge.worker.running import SandboxRunner
from problems.importers.convert import convert
from problems.importers.report import Fate
from problems.loader import load
from sandboxes.local import Local
from tests.factories.foreign import CODABENCH, DMOJ, FOREIGN, ICPC, KAGGLE, MLE_BENCH, write, zipped

pytestmark = pytest.mark.slow

# Of the primary metric, public and private; each as worked out by hand from the package.
EXPECTED = {
    "icpc": {
        "accepted-sum": ("AC", 100.0, None),
        "partially_accepted-spaced": ("WA", 40.0, None),
        "wrong_answer-zero": ("WA", 0.0, None),
    },
    "dmoj": {"good": ("AC", 45.0, None), "small": ("WA", 10.0, None)},
    "codabench": {"solution-1": ("AC", 1.5, None), "solution-1 of the second": ("AC", 2.5, None)},
    "kaggle": {"sample": ("AC", 0.0, 0.5)},
    "mle-bench": {"sample": ("AC", 0.33333, 0.33333), "gold": ("AC", 1.0, 1.0)},
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    provider = Local(owner="foreign", run_dir=tmp_path_factory.mktemp("run"))
    yield DirectSource(provider)
    provider.close()


@pytest.fixture
def imported(source, tmp_path):
    """Import files as a package."""

    def run(files, **options):
        for name in ("out", "runs"):
            (tmp_path / name).mkdir()
        runner = SandboxRunner(source, tmp_path / "runs")
        return convert(write(tmp_path / "sum", files), tmp_path / "out", runner=runner, **options)

    return run


@pytest.mark.parametrize("kind", FOREIGN)
def test_each_format_gives_the_scores_of_its_author(source, imported, kind):
    result = imported(FOREIGN[kind], higher_is_better=True)
    assert result.packages, [str(entry) for entry in result.report.refused()]
    assert result.report.source_format == kind
    found = {}
    for package in result.packages:
        assert package.spec.origin == kind
        for example in package.examples:
            name = example.name if example.name not in found else f"{example.name} of the second"
            judged = check_example(package, example, source)
            assert judged.is_right, judged
            found[name] = (judged.result.verdict, judged.result.score, judged.result.score_private)
    assert found == EXPECTED[kind]


@pytest.mark.parametrize(
    ("body", "verdict", "scores", "words"),
    [
        ("id,y\n3,1\n1,1\n2,0\n", "AC", (1.0, 1.0), None),
        ("id,y\n1,0\n2,0\n2,0\n", "PE", (None, None), "id: 1 rows are missing, 0 too many, 1 repeated."),
        ("id,z\n1,0\n", "PE", (None, None), "Columns are missing: y."),
        ("id,y\n1,7\n2,0\n3,0\n", "PE", (None, None), "y is 0 or 1"),
    ],
)
def test_a_kaggle_style_metric(source, imported, body, verdict, scores, words):
    assert_scored(source, imported(KAGGLE, higher_is_better=True), body, verdict, scores, words)


@pytest.mark.parametrize(
    ("body", "verdict", "scores", "words"),
    [
        ("id,y\n3,1\n1,1\n2,1\n", "AC", (0.66667, 0.66667), None),
        ("id,y\n1,1\n2,0\n4,1\n", "PE", (None, None), "ids differ"),
        ("z\n1\n", "PE", (None, None), "Columns are missing: id, y."),
    ],
)
def test_a_grader_of_mle_bench(source, imported, body, verdict, scores, words):
    assert_scored(source, imported(MLE_BENCH), body, verdict, scores, words)


def assert_scored(source, result, body, verdict, scores, words):
    (package,) = result.packages
    example = next(one for one in package.examples if one.name == "sample")
    example.path.write_text(body)
    package = load(package.root)
    judged = check_example(package, example, source).result
    assert (judged.verdict, (judged.score, judged.score_private)) == (verdict, scores), judged.admin_detail
    assert words is None or judged.messages[0].params["en"] == words


def test_an_input_that_its_validator_does_not_accept_refuses_the_package(imported):
    result = imported({**ICPC, "data/secret/a/1.in": "1 11\n"})
    (entry,) = result.report.refused()
    assert (entry.file, entry.subject) == ("data/secret/a/1.in", "input validator")
    assert entry.note == "input_validators/range.py does not accept it with 42: exit code 43"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print(1)\nraise SystemExit('no more')\n", "failed on c003/002: exit code 1: no more"),
        ("this is no Python", "does not compile"),
    ],
)
def test_a_generator_that_fails_refuses_the_package(imported, program, words):
    (entry,) = imported({**DMOJ, "make.py": program}).report.refused()
    assert words in entry.note


INTERACTOR = """
import sys
secret = int(open(sys.argv[1]).read())
most = int(open(sys.argv[3]).read())
for turn in range(1, most + 1):
    said = int(input())
    print("=" if said == secret else "<" if said < secret else ">", flush=True)
    if said == secret:
        if turn <= most // 2: sys.exit(0)
        sys.stderr.write("points 8")
        sys.exit(7)
sys.exit(1)
"""
GUESSES = {
    "bisect": "low, high, said = 1, 100, ''\nwhile said != '=':\n    middle = (low + high) // 2\n"
    "    print(middle, flush=True)\n    said = input()\n"
    "    low, high = (middle + 1, high) if said == '<' else (low, middle - 1)\n",
    "count": "for said in range(1, 101):\n    print(said, flush=True)\n    if input() == '=': break\n",
}


@pytest.mark.parametrize(("name", "verdict", "points"), [("bisect", "AC", 40.0), ("count", "WA", 38.0)])
def test_a_bridged_interactor_gives_each_case_its_points(source, imported, name, verdict, points):
    """Points of testlib are out of what a case is worth, and a case that is not solved ends nothing."""
    said = {
        "interactive": {"files": "talk.py", "type": "testlib"},
        "test_cases": [
            {"in": "1.in", "out": "most", "points": 10},
            {"in": "8.in", "out": "most", "points": 10},
            {"in": "2.in", "out": "most", "points": 20},
        ],
    }
    files = {
        **{"init.yml": json.dumps(said), "talk.py": INTERACTOR, "most": "14"},
        **{f"{secret}.in": f"{secret}" for secret in (1, 8, 2)},
        "tests/one/a.py": GUESSES[name],
        "tests/one/test.yml": f"language: PY3\nsource: a.py\nexpect: {verdict}\n",
    }
    (package,) = imported(files).packages
    assert (package.spec.kind, package.spec.interactive.protocol) == ("interactive", "testlib")
    judged = check_example(package, package.examples[0], source).result
    assert (judged.verdict, judged.score) == (verdict, points), judged.admin_detail


def test_without_a_sandbox_nothing_of_the_package_is_run(tmp_path):
    (tmp_path / "out").mkdir()
    result = convert(write(tmp_path / "sum", ICPC), tmp_path / "out")
    notes = [entry.note for entry in result.report.entries if entry.subject == "input validator"]
    assert result.packages
    assert notes == ["not run: there is no sandbox for it"]
    (tmp_path / "more").mkdir()
    (entry,) = convert(write(tmp_path / "dmoj", DMOJ), tmp_path / "more").report.refused()
    assert (entry.fate, entry.subject) == (Fate.REFUSED, "generator make.py")


def command(tmp_path, *words):
    """Run `judge problem import` on a package; returns how it ended."""
    (tmp_path / "home").mkdir(exist_ok=True)
    return subprocess.run(
        [*(sys.executable, "-m", "judge", "problem", "import"), *words, "--home", str(tmp_path / "home")],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "JUDGE_IS_TESTING": "true", "JUDGE_SANDBOX": "local"},
        check=False,
    )


def test_the_command_says_what_became_of_every_line(tmp_path):
    (tmp_path / "sums.zip").write_bytes(zipped(CODABENCH))
    done = command(tmp_path, str(tmp_path / "sums.zip"), str(tmp_path / "out"), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [(one["slug"], one["kind"]) for one in said["problems"]] == [
        ("sums-dev", "program"), ("sums-final", "predictions")
    ]  # fmt: skip
    entries = {(one["fate"], one["file"], one["line"], one["subject"]) for one in said["entries"]}
    assert {
        ("adapted", "competition.yaml", 5, "docker_image"),
        ("left-out", "competition.yaml", 15, "phase 0"),
        ("adapted", "public/leak.txt", 0, "public_data"),
        ("mapped", "competition.yaml", 0, "column score"),
    } <= entries


def test_the_command_writes_nothing_of_what_it_refuses(tmp_path):
    write(tmp_path / "sum", {**DMOJ, "make.py": "raise SystemExit(7)\n"})
    done = command(tmp_path, str(tmp_path / "sum"), str(tmp_path / "out"), "--brief")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "refused   init.yml:9: generator make.py: failed on c003/002: exit code 7\n" in done.stdout
    assert "nothing was imported: see what was refused" in done.stdout
    assert list((tmp_path / "out").iterdir()) == []
