"""Every way in which the reference has been within reach, planted; and look-alikes that are innocent."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from package_factory import STATEMENT, manifest, write_manifest

from problems.lint import lint
from problems.loader import load

LEAKS = {
    "reference-exposed", "labels-exposed", "labels-recoded", "rows-exposed", "requests-exposed",
    "answers-exposed", "source-exposed", "inputs-in-training", "archive-unchecked", "tables-unchecked",
}  # fmt: skip


def leaks(folder: Path) -> set[tuple[str, str]]:
    return {(finding.code, finding.file) for finding in lint(load(folder)) if finding.code in LEAKS}


def put(folder: Path, name: str, content: bytes | str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


@pytest.fixture
def table(toy: Path) -> Path:
    """The toy with five real features, forty hidden rows and forty to train on."""
    rng = np.random.default_rng(3)
    features = pd.DataFrame(rng.normal(size=(80, 5)).round(4), columns=list("abcde"))
    features["label"] = rng.integers(0, 2, size=80)
    features[40:].drop(columns="label").reset_index(drop=True).rename_axis("id").to_csv(
        toy / "public/test.csv"
    )
    features[:40].to_csv(toy / "public/train.csv", index=False)
    truth = features[40:][["label"]].reset_index(drop=True).assign(split=["public", "private"] * 20)
    truth.rename_axis("id").to_csv(toy / "hidden/reference/reference.csv")
    return toy


def answers(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "hidden/reference/reference.csv")


def as_csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False)


def train_and(folder: Path, n_rows: int, wrong: bool = False) -> str:
    """The training data with hidden rows in it."""
    test = pd.read_csv(folder / "public/test.csv").merge(answers(folder)[["id", "label"]])[:n_rows]
    test["label"] = (test["label"] + wrong) % 2
    return as_csv(pd.concat([pd.read_csv(folder / "public/train.csv"), test.drop(columns="id")]))


PLANTED = {
    "the file itself": (
        "public/notes.bin", lambda f: (f / "hidden/reference/reference.csv").read_bytes(), "reference-exposed"
    ),
    "in a zip in a zip": (
        "public/kit.zip",
        lambda f: zipped(inner=zipped(truth=(f / "hidden/reference/reference.csv").read_bytes())),
        "reference-exposed",
    ),
    "compressed": (
        "public/notes.gz",
        lambda f: gzip.compress((f / "hidden/reference/reference.csv").read_bytes()),
        "reference-exposed",
    ),
    "by id, shuffled, under other names": (
        "public/extra.csv",
        lambda f: as_csv(answers(f).sample(frac=1, random_state=0).set_axis(["k", "hint", "part"], axis=1)),
        "labels-exposed",
    ),
    "written in another way": (
        "public/extra.csv", lambda f: as_csv(answers(f)[["id", "label"]].astype(float)), "labels-exposed"
    ),
    "for half of the rows": (
        "public/extra.csv",
        lambda f: as_csv(answers(f)[["id", "label"]].sample(20, random_state=1)),
        "labels-exposed",
    ),
    "unknown where not told": (
        "public/extra.csv",
        lambda f: as_csv(answers(f)[["id", "label"]].assign(label=lambda t: t.label.where(t.id < 20, -1))),
        "labels-exposed",
    ),
    "as a table in a zip": (
        "public/kit.zip",
        lambda f: zipped(**{"a/b.csv": as_csv(answers(f)[["id", "label"]]).encode()}),
        "labels-exposed",
    ),
    "as JSON lines": (
        "public/extra.jsonl",
        lambda f: answers(f)[["id", "label"]].to_json(orient="records", lines=True),
        "labels-exposed",
    ),
    "as a JSON object": (
        "public/extra.json",
        lambda f: json.dumps({str(i): int(y) for i, y in answers(f)[["id", "label"]].values}, indent=1),
        "labels-exposed",
    ),
    "in the statement": (
        "statement/en.md",
        lambda f: STATEMENT + "".join(f"| {i} | {y} |\n" for i, y in answers(f)[["id", "label"]].values),
        "labels-exposed",
    ),
    "without ids, in order": (
        "public/y.csv", lambda f: as_csv(answers(f)[["label"]]), "labels-exposed"
    ),
    "of one split, in order": (
        "public/y.txt",
        lambda f: "\n".join(answers(f)["label"][::2].astype(str)) + "\n",
        "labels-exposed",
    ),
    "as an array": ("public/y.npy", lambda f: npy(answers(f)["label"].to_numpy(float)), "labels-exposed"),
    "one hot": ("public/y.npy", lambda f: npy(np.eye(2)[answers(f)["label"]]), "labels-exposed"),
    "one hidden row to train on": ("public/train.csv", lambda f: train_and(f, 1), "labels-exposed"),
    "hidden rows to train on": ("public/train.csv", lambda f: train_and(f, 10), "labels-exposed"),
    "hidden rows without their labels": (
        "public/train.csv", lambda f: train_and(f, 10, wrong=True), "inputs-in-training"
    ),
    "under other names of the classes": (
        "public/extra.csv",
        lambda f: as_csv(answers(f)[["id", "label"]].replace({"label": {0: "no", 1: "yes"}})),
        "labels-recoded",
    ),
}  # fmt: skip


def npy(array: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array)
    return sink.getvalue()


@pytest.mark.parametrize("way", PLANTED)
def test_labels_within_reach(table: Path, way: str) -> None:
    name, content, code = PLANTED[way]
    assert leaks(table) == set()
    put(table, name, content(table))
    assert (code, name) in {(code, file.partition("!")[0]) for code, file in leaks(table)}


INNOCENT = {
    "a sample submission": lambda f: as_csv(answers(f)[["id"]].assign(p=0.5)),
    "a constant guess": lambda f: as_csv(answers(f)[["id"]].assign(label=0)),
    "a guess that is often right": lambda f: as_csv(
        answers(f)[["id", "label"]].assign(label=lambda t: t.label.where(t.id % 4 > 0, 1 - t.label))
    ),
    "labels of other rows": lambda f: as_csv(answers(f)[["id", "label"]][::-1].assign(id=range(1000, 1040))),
    "no table": lambda _: b'\xff\xfe"',
}


@pytest.mark.parametrize("what", INNOCENT)
def test_what_is_innocent(table: Path, what: str) -> None:
    put(table, "public/extra.csv", INNOCENT[what](table))
    put(table, "public/broken.parquet", b"PAR1 not really")
    put(table, "public/broken.zip", zipped(a=b"x" * 100)[:-30])
    assert leaks(table) == set()


def test_few_values_repeat_by_themselves(table: Path) -> None:
    rng = np.random.default_rng(1)
    for name, n_rows in (("train", 400), ("test", 40)):
        frame = pd.DataFrame(rng.integers(0, 3, size=(n_rows, 5)), columns=list("abcde"))
        frame = (
            frame.assign(label=frame["a"] % 2) if name == "train" else frame.rename_axis("id").reset_index()
        )
        put(table, f"public/{name}.csv", as_csv(frame))
    assert leaks(table) == set()


def arrays(toy: Path) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, size=(30, 4, 4), dtype=np.uint8), rng.integers(0, 3, size=30)
    values = manifest() | {"kind": "model", "submission": {"formats": ["onnx"], "max_mib": 1}}
    scoring = {"scorer": "arrays", "options": {"n_classes": 3}, "metrics": [{"name": "accuracy"}]}
    write_manifest(toy, values | {"scoring": scoring | {"primary": "accuracy"}})
    (toy / "hidden/reference/reference.csv").unlink()
    (toy / "hidden/inputs").mkdir()
    np.save(toy / "hidden/inputs/inputs.npy", images[:20].astype(np.float32)[:, None] / 255)
    np.savez(toy / "hidden/reference/reference.npz", y_true=labels[:20], split=np.arange(20) % 2)
    np.savez(toy / "public/train.npz", images=images[20:], labels=labels[20:])
    return images, labels


def test_labels_among_the_inputs_as_an_array(toy: Path) -> None:
    _, labels = arrays(toy)
    assert leaks(toy) == set()
    np.save(toy / "hidden/inputs/order.npy", labels[:20].astype(np.float64))
    assert leaks(toy) == {("labels-exposed", "hidden/inputs/order.npy")}


def test_hidden_pictures_in_the_training_data(toy: Path) -> None:
    images, labels = arrays(toy)
    np.savez(toy / "public/train.npz", images=images[17:], labels=labels[17:])
    (finding,) = [finding for finding in lint(load(toy)) if finding.code == "labels-exposed"]
    assert "3 hidden rows" in finding.message
    np.savez(toy / "public/train.npz", images=images[17:])
    assert {code for code, _ in leaks(toy)} == {"inputs-in-training"}


def cases(toy: Path, answer: str = "{} is the answer of this case and of no other\n") -> None:
    text = (toy / "problem.yaml").read_text("utf-8")
    values = yaml.safe_load(text) | {"kind": "program", "submission": {"formats": ["py"], "max_mib": 1}}
    values["program"] = {"cases": {"sample": ["sample"]}}
    values["scoring"] = {"scorer": "cases", "metrics": [{"name": "cases_passed"}], "primary": "cases_passed"}
    write_manifest(toy, values)
    (toy / "hidden/reference/reference.csv").unlink()
    for name, number in (("sample", 7), ("a", 31), ("b", 44), ("c", 58)):
        put(toy, f"hidden/inputs/{name}.in", f"{number}\n")
        put(toy, f"hidden/reference/{name}.ans", answer.format(2 * number))


@pytest.mark.parametrize(
    ("name", "content", "is_leak"),
    [
        ("public/b.out", "88\n", True),
        ("hidden/inputs/b.ans", "88\n", True),
        ("public/sample.out", "14\n", False),
        ("public/other.out", "88\n", False),
        ("public/all.txt", "62\n88\n116\n", True),
        ("public/notes.txt", "a: 62\nb: 88\nc: 116\n", True),
        ("public/notes.txt", "a: 62\nb: 88\nc: 117\n", False),
    ],
)
def test_short_answers(toy: Path, name: str, content: str, is_leak: bool) -> None:
    cases(toy, "{}\n")
    assert leaks(toy) == set()
    put(toy, name, content)
    assert bool({file for code, file in leaks(toy) if code.endswith("-exposed")}) == is_leak


def test_long_answers(toy: Path) -> None:
    cases(toy)
    put(toy, "public/sample.ans", (toy / "hidden/reference/sample.ans").read_bytes())
    assert leaks(toy) == set()
    put(toy, "statement/en.md", STATEMENT + "\n\n```\n88 is the answer of this case and of no other\n```\n")
    assert leaks(toy) == {("answers-exposed", "statement/en.md")}


def test_sources_of_the_scorer(toy: Path) -> None:
    lines = [f"    total += weigh(answers[{n}], by={n})  # for each" for n in range(12)]
    put(toy, "scorer.py", "def score(answers):\n" + "\n".join(lines) + "\n    return total\n")
    put(toy, "public/starter/try_it.py", "import numpy as np\nprint(np.mean([1, 2]))\n")
    assert leaks(toy) == set()
    put(toy, "public/starter/try_it.py", "\n".join(["import sys", "def mine():", *lines[:9], "    return 1"]))
    assert leaks(toy) == {("source-exposed", "public/starter/try_it.py")}


def test_requests_of_a_service(toy: Path) -> None:
    values = manifest() | {"kind": "service", "submission": {"formats": ["py"], "max_mib": 1}, "service": {}}
    values["scoring"] = {"scorer": "service", "metrics": [{"name": "errors"}], "primary": "errors"}
    write_manifest(toy, values)
    rng = np.random.default_rng(2)
    pictures, labels = rng.integers(0, 256, size=(20, 9)), rng.integers(0, 4, size=20)
    questions = [
        {
            "id": n,
            "path": "/",
            "json": {"pixels": pictures[n].tolist()},
            "expected": {"label": int(labels[n])},
        }
        for n in range(12)
    ]
    put(toy, "hidden/reference/requests.jsonl", "".join(json.dumps(one) + "\n" for one in questions))
    np.savez(toy / "public/train.npz", x=pictures[12:].astype(np.uint8), y=labels[12:])
    assert leaks(toy) == set()
    np.savez(toy / "public/train.npz", x=pictures[9:].astype(np.uint8), y=labels[9:])
    assert {code for code, _ in leaks(toy)} == {"labels-exposed"}
    (toy / "public/train.npz").unlink()
    told = {"question": questions[3]["json"], "answer": questions[3]["expected"]}
    put(toy, "public/examples.jsonl", json.dumps(told) + "\n")
    assert leaks(toy) == {("requests-exposed", "public/examples.jsonl")}


def test_an_archive_without_end_is_said_to_be_unchecked(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("problems.lint_leaks_pieces.MAX_BYTES", 1 << 20)
    put(toy, "public/kit.zip", zipped(bomb=bytes(8 << 20)))
    assert leaks(toy) == {("archive-unchecked", "")}


def jsonl(*rows) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


class TestRecords:
    """Answers that are lists: of thirty sentences, all but every fifth with two spans."""

    SENTENCES = tuple(f"sentence number {at} of the hidden ones" for at in range(30))

    def answer(self, at: int) -> list[dict]:
        spans = [{"start": at, "end": at + 2, "label": "PER"}, {"start": 40, "end": 45, "label": "LOC"}]
        return [] if at % 5 == 0 else spans

    @pytest.fixture
    def records(self, toy: Path) -> Path:
        values = manifest()
        values["submission"]["formats"] = ["jsonl"]
        values["scoring"] = {
            "scorer": "records", "options": {"kind": "spans"}, "metrics": [{"name": "entity_f1"}],
            "primary": "entity_f1",
        }  # fmt: skip
        write_manifest(toy, values)
        rows = [{"id": at, "answer": self.answer(at), "split": "public"} for at in range(30)]
        put(toy, "hidden/reference/reference.jsonl", jsonl(*rows))
        put(toy, "public/test.jsonl", jsonl(*({"id": at, "text": s} for at, s in enumerate(self.SENTENCES))))
        return toy

    def test_what_is_asked_is_no_leak(self, records):
        known = [
            {"id": 100 + at, "text": f"one to learn from, {at}", "spans": self.answer(at)} for at in range(30)
        ]
        put(records, "public/train.jsonl", jsonl(*known))
        assert leaks(records) == set()

    def test_beside_the_id_in_another_order(self, records):
        told = [{"n": at, "spans": self.answer(at)[::-1]} for at in range(4, 20)]
        put(records, "public/dev.jsonl", jsonl(*told))
        assert leaks(records) == {("labels-exposed", "public/dev.jsonl")}

    def test_beside_the_sentence_without_any_id(self, records):
        told = [{"text": self.SENTENCES[at], "spans": self.answer(at)} for at in range(10, 20)]
        put(records, "public/train.jsonl", jsonl(*told))
        assert leaks(records) == {("labels-exposed", "public/train.jsonl")}

    def test_one_of_several_texts_that_are_all_right(self, records):
        values = yaml.safe_load((records / "problem.yaml").read_text())
        values["scoring"]["options"]["kind"] = "text"
        write_manifest(records, values)
        rows = [{"id": at, "answer": [f"word {at}", f"{at}. word"], "split": "public"} for at in range(30)]
        put(records, "hidden/reference/reference.jsonl", jsonl(*rows))
        put(records, "public/dev.jsonl", jsonl(*({"id": at, "a": f"{at}. word"} for at in range(30))))
        assert leaks(records) == {("labels-exposed", "public/dev.jsonl")}

    def test_in_an_archive(self, records):
        told = jsonl(*({"id": at, "spans": self.answer(at)} for at in range(30)))
        put(records, "public/notes.zip", zipped(**{"dev.jsonl": told.encode()}))
        assert leaks(records) == {("labels-exposed", "public/notes.zip!dev.jsonl")}
