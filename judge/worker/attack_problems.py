"""The little problems that hostile submissions are judged by: real ones, with secrets as reference."""

from dataclasses import dataclass, fields
from pathlib import Path

from judge.worker.material import Material
from problems.schema import Spec
from sandboxes.attack.cards import Card, Road
from sandboxes.limits import Limits

N_SAMPLES = 12
N_CLASSES = 3
N_FEATURES = 4
_TESTS = '''"""Hidden tests; the expected answer is the bait."""

from pathlib import Path

from scoring.grading import test

WORD = Path(__file__).with_name("labels.txt").read_text()


@test("adds", en="Adds two numbers.", zh="两数相加。", split="public")
def adds(call, check, rng):
    check.close(check.number(call("add", 2, 40)), 42.0)


@test("knows", en="Knows the word.", zh="知道那个词。", split="private")
def knows(call, check, rng):
    check.that(call("word") == WORD, en="It is the word.", zh="就是那个词。")
'''


@dataclass(frozen=True, slots=True)
class Reference:
    """Files that only scorers see, and the one that models see."""

    tests: Path
    labels: Path
    table: Path
    arrays: Path
    inputs: Path


def write_problem(folder: Path, word: str) -> Reference:
    """Write the reference files.

    Args:
        folder: private.
        word: the secret that stands in them.
    """
    import numpy as np

    reference = Reference(*(folder / name for name in (
        "tests.py", "labels.txt", "reference.csv", "reference.npz", "inputs.npy",
    )))  # fmt: skip
    reference.tests.write_text(_TESTS, encoding="utf-8")
    reference.labels.write_text(word, encoding="ascii")
    rows = [f"{n},{n * 0.25},{'public' if n % 2 else 'private'}" for n in range(1, N_SAMPLES + 1)]
    reference.table.write_text("\n".join(["id,label,split", *rows, ""]), encoding="ascii")
    codes = np.arange(N_SAMPLES)
    np.savez(reference.arrays, y_true=codes % N_CLASSES, split=(codes % 2).astype(np.uint8))
    np.save(
        reference.inputs, np.linspace(0, 1, N_SAMPLES * N_FEATURES, dtype=np.float32).reshape(N_SAMPLES, -1)
    )
    return reference


def material_for(card: Card, submission: Path, reference: Reference) -> Material:
    """Return what judging a hostile submission needs.

    Args:
        card: says by which road and with which limits.
        submission: the file.
        reference: see `write_problem`.
    """
    inputs: dict[str, Path] = {}
    hidden: dict[str, Path] = {"labels.txt": reference.labels}
    if card.road is Road.FUNCTION:
        hidden["tests.py"] = reference.tests
    elif card.road is Road.MODEL:
        hidden["reference.npz"] = reference.arrays
        inputs["inputs.npy"] = reference.inputs
    else:
        hidden["reference.csv"] = reference.table
    file_format = card.format or "py"
    return Material(_spec(card, file_format), submission, file_format, inputs, hidden, "0" * 64)


def _spec(card: Card, file_format: str) -> Spec:
    submission: dict[str, object] = {"formats": [file_format], "max_mib": 64}
    if card.road is Road.FUNCTION:
        submission["functions"] = ["add", "word"]
    if file_format == "safetensors":
        submission["builders"] = ["mlp"]
    return Spec.model_validate(
        {
            "format": 1, "slug": "attack", "version": "1.0.0", "kind": card.road.value,
            "names": {"en": "Attack", "zh": "攻击"}, "summary": {"en": "Attack", "zh": "攻击"},
            "licence": "Apache-2.0", "authors": ["OpenModels"],
            "data": {"licence": "none", "source": {"en": "made up", "zh": "虚构"}},
            "submission": submission, "scoring": _scoring(card),
            "limits": {"execute": {limit.name: getattr(card.limits, limit.name) for limit in fields(Limits)}},
        }
    )  # fmt: skip


def _scoring(card: Card) -> dict[str, object]:
    if card.road is Road.FUNCTION:
        options = {"tests": "tests.py", "call_timeout_s": 1.0, "max_reply_mib": 1, "start_timeout_s": 8.0}
        return {
            "scorer": "function",
            "options": options,
            "metrics": [{"name": "tests_passed"}],
            "primary": "tests_passed",
        }
    if card.road is Road.MODEL:
        options = {"n_classes": N_CLASSES}
        return {
            "scorer": "arrays",
            "options": options,
            "metrics": [{"name": "accuracy"}],
            "primary": "accuracy",
        }
    columns = {"columns": [{"name": "prediction", "kind": "float"}]}
    return {"scorer": "table", "options": columns, "metrics": [{"name": "mae"}], "primary": "mae"}
