"""The catalogue itself: complete, built from real data, the same bytes each time, free of leaks.

The wheels are real and fetched by pip (24 MiB), once per machine: they stay in the user's cache.
"""

import csv
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_cache_path

import problems
from problems.build import build, hash_tree, trial, unequal
from problems.lint import lint
from problems.loader import load, load_spec
from problems.schema import REQUIRED_ROLES
from sandboxes.inside import builders
from scoring.options import SCORER_OPTIONS

CATALOG = Path(problems.__path__[0]) / "catalog"
SLUGS = (
    "best-checkpoint", "bikeshare", "bpe-merges", "car-notes", "caravan", "digits", "digits-service",
    "frozen-lake", "linear-regression", "nine-voices",
)  # fmt: skip
CACHE = user_cache_path("openmodels-judge") / "wheels"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict:
    root = tmp_path_factory.mktemp("catalog")
    return {slug: load(build(CATALOG / slug, cache=CACHE, out=root / slug)) for slug in SLUGS}


def test_the_catalogue_is_what_we_test() -> None:
    assert sorted(path.name for path in CATALOG.iterdir() if path.is_dir()) == sorted(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_no_findings(built: dict, slug: str) -> None:
    assert [str(finding) for finding in lint(built[slug])] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_every_role_has_an_example(built: dict, slug: str) -> None:
    examples = built[slug].examples
    assert {example.role for example in examples} >= set(REQUIRED_ROLES)
    assert all(example.note["en"] and example.note["zh"] for example in examples)


@pytest.mark.parametrize("slug", SLUGS)
def test_scorer_accepts_the_options(slug: str) -> None:
    scoring = load_spec(CATALOG / slug).scoring
    assert SCORER_OPTIONS[scoring.scorer].model_validate(scoring.options)


@pytest.mark.parametrize("slug", SLUGS)
def test_same_bytes_each_time(built: dict, slug: str) -> None:
    again = trial(CATALOG / slug, load_spec(CATALOG / slug), CACHE)
    once = hash_tree(built[slug].root)  # with the sources beside what was made
    made = {name: digest for name, digest in once.items() if name in again or name.startswith("hidden/")}
    assert any(name.startswith("hidden/") for name in again)
    assert unequal(made, again) == []


@pytest.mark.parametrize("slug", SLUGS)
def test_another_seed_gives_another_hidden_set(built: dict, slug: str, tmp_path: Path) -> None:
    other = build(CATALOG / slug, cache=CACHE, out=tmp_path / slug, seed=1)
    mine = hash_tree(built[slug].root / "hidden")
    changed = {name for name, digest in hash_tree(other / "hidden").items() if digest != mine[name]}
    assert changed - {"reference/tests.py"}


def test_caravan_parts(built: dict) -> None:
    root = built["caravan"].root
    rows = list(csv.DictReader(io.StringIO((root / "hidden/reference/reference.csv").read_text())))
    train = list(csv.DictReader(io.StringIO((root / "public/train.csv").read_text())))
    test = list(csv.DictReader(io.StringIO((root / "public/test.csv").read_text())))
    assert len(train) + len(rows) == 5822
    assert sum(int(row["label"]) for row in [*train, *rows]) == 348
    assert [int(row["id"]) for row in rows] == list(range(len(rows))) == [int(row["id"]) for row in test]
    for split in ("public", "private"):
        labels = [int(row["label"]) for row in rows if row["split"] == split]
        assert 0.05 < sum(labels) / len(labels) < 0.07
    features = [name for name in test[0] if name != "id"]
    known = {tuple(row[name] for name in features) for row in train}
    assert not any(tuple(row[name] for name in features) in known for row in test)


def test_digits_parts(built: dict) -> None:
    root = built["digits"].root
    inputs = np.load(root / "hidden/inputs/inputs.npy", allow_pickle=False)
    with np.load(root / "hidden/reference/reference.npz", allow_pickle=False) as reference:
        labels, split = reference["y_true"], reference["split"]
    assert inputs.shape == (2000, 1, 28, 28)
    assert inputs.dtype == np.float32
    assert (inputs.min(), inputs.max()) == (0.0, 1.0)
    assert np.bincount(labels[split == 0]).tolist() == [80] * 10
    assert np.bincount(labels[split == 1]).tolist() == [120] * 10


def test_starter_builders_are_those_of_the_judge(built: dict) -> None:
    theirs = built["digits"].files["public/starter/builders.py"].path.read_text()
    assert theirs == Path(builders.__file__).read_text()


@pytest.mark.parametrize(
    ("slug", "command", "expected"),
    [
        ("caravan", ["baseline.py", "--out", "{out}/submission.csv"], "wrote 23"),
        ("digits", ["train.py", "--format", "safetensors", "--epochs", "1"], "hand that file in"),
        ("best-checkpoint", ["talk.py", "python3", "{starter}/main.py"], "of 9 tries"),
        ("linear-regression", ["try_it.py"], "root mean squared error"),
        ("nine-voices", ["train.py", "--format", "skops", "--out", "{out}"], "then make it smaller"),
    ],
)
def test_starter_kit_runs(built: dict, tmp_path: Path, slug: str, command: list[str], expected: str) -> None:
    starter = built[slug].root / "public" / "starter"
    arguments = [argument.format(out=tmp_path, starter=starter) for argument in command[1:]]
    done = subprocess.run(
        [sys.executable, str(starter / command[0]), *arguments],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert expected in done.stdout
