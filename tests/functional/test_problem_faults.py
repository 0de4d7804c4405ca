"""`judge problem check` on a good package, and on the same package with one fault planted: which, and where.

The package is small: a table of predictions with made-up data, and an organizer's own scorer for the faults
that only such a scorer can have. What is found before anything runs is most of it.
"""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from judge.cli.main import app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MANIFEST = """\
format: 1
slug: seeded
version: 1.0.0
kind: predictions
names: {en: Seeded faults, zh: 植入的错误}
summary: {en: A table that is easy to predict., zh: 一个容易预测的表格。}
licence: CC0-1.0
authors: [OpenModels]
data:
  licence: CC0-1.0
  source: {en: made up, zh: 虚构}
  prepare: prepare.py
  seed: 7
submission: {formats: [csv], max_mib: 1}
scoring:
  scorer: table
  options:
    columns:
      - {name: p, minimum: 0, maximum: 1}
  metrics:
    - {name: roc_auc}
    - {name: f1_binary, params: {threshold: 0.5}}
  derived:
    - {name: both, formula: (roc_auc + f1_binary) / 2}
  primary: roc_auc
examples:
  good: {role: good, file: s.csv, verdict: AC, score: [0.9, 1]}
  baseline: {role: baseline, file: s.csv, verdict: AC, score: [0.5, 0.9]}
  no-header: {role: wrong-format, file: s.csv, verdict: PE}
  quotes: {role: crash, file: s.csv, verdict: PE}
  too-many: {role: too-slow, file: s.csv, verdict: PE}
  not-a-number: {role: cheating, file: s.csv, verdict: PE}
"""
PREPARE = '''\
"""Builds the data: `python prepare.py --out DIR --cache DIR [--seed N]`."""

import argparse
import random
from pathlib import Path

N = 60
parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--cache", type=Path)
parser.add_argument("--seed", type=int, default=7)
args = parser.parse_args()
rng = random.Random(args.seed)


def write(name, lines):
    path = args.out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\\n".join(lines) + "\\n", encoding="utf-8")


rows = [(f"{rng.random():.6f}", f"{rng.random():.6f}", rng.randint(0, 1)) for _ in range(2 * N)]
write("public/train.csv", ["a,b,label", *(f"{a},{b},{y}" for a, b, y in rows[:N])])
write("public/test.csv", ["id,a,b", *(f"{i},{a},{b}" for i, (a, b, _) in enumerate(rows[N:]))])
splits = ["public", "private"]
truth = [(i, y, splits[i % 2]) for i, (_, _, y) in enumerate(rows[N:])]
write("hidden/reference/reference.csv", ["id,label,split", *(f"{i},{y},{s}" for i, y, s in truth)])
# PLANTED
'''
STATEMENT = """\
# {title}

{words}

Download [the table](../public/train.csv). The score is $\\text{{AUC}}$.
"""
WORDS = "Predict the label of every row of the test table from its two columns; labels are random. " * 4
TRAINED = [(row % 7) / 10 for row in range(60)]


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """Return the good package, built."""
    folder = tmp_path_factory.mktemp("original") / "seeded"
    put(folder, "problem.yaml", MANIFEST)
    put(folder, "prepare.py", PREPARE)
    put(folder, "public/starter/start.py", "print('read train.csv')\n")
    put(folder, "statement/en.md", STATEMENT.format(title="Seeded faults", words=WORDS))
    put(
        folder,
        "statement/zh.md",
        STATEMENT.format(title="植入的错误", words="预测测试表格每一行的标签。" * 30),
    )
    home = folder.parent / "home"
    done = CliRunner().invoke(app, ["problem", "build", str(folder), "--home", str(home)])
    assert done.exit_code == 0, done.output
    lines = (folder / "hidden/reference/reference.csv").read_text().splitlines()[1:]
    labels = [int(line.split(",")[1]) for line in lines]
    good = [0.8 if label else 0.1 for label in labels]
    # Every fifth row the wrong way round.
    weak = [1 - p if row % 5 == 0 else p for row, p in enumerate(good)]
    table = "id,p\n" + "".join(f"{row},{{}}\n" for row in range(60))
    put(folder, "submissions/good/s.csv", table.format(*good))
    put(folder, "submissions/baseline/s.csv", table.format(*weak))
    put(folder, "submissions/no-header/s.csv", table.format(*good).partition("\n")[2])
    put(folder, "submissions/quotes/s.csv", 'id,p\n0,"0.5\n')
    put(folder, "submissions/too-many/s.csv", table.format(*good) + "0,0.5\n" * 1000)
    put(folder, "submissions/not-a-number/s.csv", table.format(*["nan"] * 60))
    return folder


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "seeded"))


@pytest.fixture
def check(original: Path, package: Path) -> Callable[..., tuple[int, dict]]:
    """Check the package as it is now; returns the exit code and the JSON document."""

    def run(*words: str) -> tuple[int, dict]:
        home = str(original.parent / "home")
        argv = ["problem", "check", str(package), "--json", "--sandbox", "local", "--home", home, *words]
        done = CliRunner().invoke(app, argv)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, json.loads(done.stdout)

    return run


def put(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def swap(name: str, before: str, after: str) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert before in text
        put(folder, name, text.replace(before, after, 1))

    return plant


def yaml(before: str, after: str) -> Callable[[Path], None]:
    return swap("problem.yaml", before, after)


def added(name: str, content: Callable[[Path], str | bytes] | str | bytes) -> Callable[[Path], None]:
    return lambda folder: put(folder, name, content(folder) if callable(content) else content)


def built(code: str, in_place_of: str = "# PLANTED") -> Callable[[Path], None]:
    """Let prepare.py do something else, and drop what it built before, so that data is not merely stale."""

    def plant(folder: Path) -> None:
        swap("prepare.py", in_place_of, code)(folder)
        shutil.rmtree(folder / "hidden")
        for table in (folder / "public").glob("*.csv"):
            table.unlink()

    return plant


def removed(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def in_zip(folder: Path) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.write(folder / "hidden/reference/reference.csv", "notes/truth.csv")
    return sink.getvalue()


def line_with(folder: Path, name: str, words: str) -> int:
    lines = (folder / name).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


LABELS = "write('public/all.csv', ['id,label', *(f'{i},{y}' for i, y, _ in truth)])"
SAME = "write('public/notes.csv', ['id,label,split', *(f'{i},{y},{s}' for i, y, s in truth)])"
SHUFFLED = "write('public/all.csv', ['a,b,label', *(f'{a},{b},{y}' for a, b, y in rows[N + 20:])])"
EN = "statement/en.md"
YAML = "problem.yaml"
# name: (fault, code, file, words of the line that is named, or None where no line is)
STATIC = {
    "statement-zh": (removed("statement/zh.md"), "statement-missing", "statement/zh.md", None),
    "statement-short": (added(EN, "# T\n\nShort.\n"), "statement-size", EN, None),
    "broken-link": (swap(EN, "../public/train.csv", "../public/gone.csv"), "link-broken", EN, "gone"),
    "missing-picture": (swap(EN, "Download", "![x](public/x.png) Download"), "picture-missing", EN, "x.png"),
    "unknown-key": (yaml("authors:", "writers:"), "unknown-key", YAML, "writers"),
    "bad-kind": (yaml("kind: predictions", "kind: predictoins"), "bad-value", YAML, "predictoins"),
    "bad-yaml": (yaml("authors: [OpenModels]", "authors: [OpenModels"), "yaml-syntax", YAML, None),
    "unknown-metric": (yaml("{name: f1_binary,", "{name: f1_binray, label: f1_binary,"),
        "unknown-metric", YAML, "f1_binray"),
    "bad-param": (yaml("{threshold: 0.5}", "{border: 0.5}"), "bad-param", YAML, "border"),
    "param-type": (yaml("{threshold: 0.5}", "{threshold: high}"), "bad-param", YAML, "high"),
    "metric-unfit": (yaml("f1_binary, params: {threshold: 0.5}}", "size_bytes, label: f1_binary}"),
        "metric-unfit", YAML, "size_bytes"),
    "bad-formula": (yaml("(roc_auc + f1_binary) / 2", "roc_auc + speed"), "bad-formula", YAML, "speed"),
    "unknown-option": (yaml("    columns:", "    fields: 3\n    columns:"), "bad-option", YAML, "fields"),
    "reference-gone": (
        built("(args.out / 'hidden/reference/reference.csv').rename(args.out / 'hidden/reference/r.csv')"),
        "reference-missing", "hidden/reference/reference.csv", None,
    ),
    "ids-twice": (built("truth[1] = truth[0]\nwrite('hidden/reference/reference.csv', "
        "['id,label,split', *(f'{i},{y},{s}' for i, y, s in truth)])"),
        "reference-ids", "hidden/reference/reference.csv", None),
    "one-split": (built('["private", "private"]', '["public", "private"]'),
        "split-empty", "hidden/reference/reference.csv", None),
    "same-file": (built(SAME),
        "reference-exposed", "public/notes.csv", None),
    "label-beside-id": (built(LABELS), "labels-exposed", "public/all.csv", None),
    "labelled-rows": (built(SHUFFLED), "labels-exposed", "public/all.csv", None),
    "example-gone": (removed("submissions/quotes/s.csv"), "example-missing", None, None),
    "role-gone": (yaml("  quotes: {role: crash,", "  quotes: {role: other,"), "example-role", YAML, None),
    "by-chance": (built("write('public/n.csv', [str(random.SystemRandom().random())])"),
        "not-deterministic", "public/n.csv", None),
    "changed-by-hand": (swap("hidden/reference/reference.csv", "private", "public"),
        "built-stale", "hidden/reference/reference.csv", None),
    "prepare-fails": (built("1 / 0"), "prepare-failed", "prepare.py", None),
    "slug": (yaml("slug: seeded", "slug: ../seeded"), "bad-value", YAML, "../seeded"),
}  # fmt: skip


def test_the_package_itself_is_good(check):
    code, document = check()
    assert code == 0, document
    assert [finding for finding in document["findings"] if finding["severity"] == "error"] == []
    assert {probe["name"] for probe in document["probes"]} == {"constant", "random"}


@pytest.mark.parametrize("name", sorted(STATIC))
def test_what_is_wrong_before_anything_is_judged(name, package, check):
    plant, code, file, words = STATIC[name]
    plant(package)
    exit_code, document = check()
    errors = [finding for finding in document["findings"] if finding["severity"] == "error"]
    assert exit_code == 1
    assert document["is_good"] is False
    assert document["examples"] == []
    wanted = [one for one in errors if one["code"] == code and file in (None, one["file"])]
    assert wanted, errors
    if words is not None:
        assert line_with(package, file, words) in {one["line"] for one in wanted}
    assert all(one["message"] for one in errors)


def test_labels_in_an_archive_are_found(package, check):
    put(package, "public/starter/notes.zip", in_zip(package))
    exit_code, document = check("--fast")
    assert exit_code == 1
    assert {finding["code"] for finding in document["findings"]} & {"reference-exposed", "labels-exposed"}


@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        (yaml("score: [0.9, 1]}", "score: [0.1, 0.2]}"), "expected 0.1 to 0.2"),
        (yaml("not-a-number: {role: cheating, file: s.csv, verdict: PE}",
              "not-a-number: {role: cheating, file: s.csv, verdict: RTE}"), "got PE, expected RTE"),
    ],
    ids=["score-out-of-range", "another-verdict"],
)  # fmt: skip
def test_an_example_that_breaks_its_promise(plant, complaint, package, check):
    plant(package)
    exit_code, document = check("--fast")
    wrong = [example for example in document["examples"] if not example["is_right"]]
    assert exit_code == 1
    assert len(wrong) == 1
    assert complaint in wrong[0]["complaint"]


def test_a_good_example_that_knows_nothing_is_beaten_by_the_constant_one(package, check):
    flat = "id,p\n" + "".join(f"{row},0.5\n" for row in range(60))
    put(package, "submissions/good/s.csv", flat)
    yaml("score: [0.9, 1]}", "score: [0.5, 0.5]}")(package)
    exit_code, document = check()
    assert exit_code == 1
    assert "probe-wins" in {finding["code"] for finding in document["findings"]}


CUSTOM = """\
def score(submission):
    from scoring.custom import Result

    table = submission.read_csv()
    result = Result()
    for split in ("public", "private"):
        result.metric("good", {value}, split=split)
    return result
"""


@pytest.mark.parametrize(
    ("value", "words"),
    [("float(table.p.mean()) / 0", "ZeroDivisionError"), ("float('nan')", "finite")],
    ids=["crash", "nan"],
)
def test_the_organizers_own_scorer_that_fails_is_shown_with_its_traceback(value, words, package, check):
    text = (package / "problem.yaml").read_text()
    head, rest = text.split("scoring:\n")
    tail = rest[rest.index("examples:") :]
    custom = "scoring:\n  scorer: custom\n  metrics:\n    - {name: good}\n  primary: good\n"
    put(package, "problem.yaml", head + custom + tail)
    put(package, "scorer.py", CUSTOM.format(value=value))
    exit_code, document = check("--fast")
    assert exit_code == 1
    good = next(example for example in document["examples"] if example["name"] == "good")
    assert good["verdict"] == "JE"
    assert words in good["complaint"]


def test_a_limit_without_room_is_told_with_its_line(package, check):
    # An interpreter with numpy and pyarrow takes some 100 MiB, and 160 less than twice that.
    limits = "limits:\n  score: {wall_time_s: 30, cpu_time_s: 30, memory_mib: 160}\nscoring:\n"
    yaml("scoring:\n", limits)(package)
    exit_code, document = check("--fast")
    (tight,) = [finding for finding in document["findings"] if finding["code"] == "limit-tight"]
    assert exit_code == 1
    assert tight["line"] == line_with(package, "problem.yaml", "memory_mib: 160")
