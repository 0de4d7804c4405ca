"""Submissions that know nothing, as records: one answer for all, or the right ones in random order."""

import json
import random
from pathlib import Path
from typing import Any

from judge.worker.probe_tables import REFERENCE, NoProbe
from problems.loader import Package
from scoring.options import RecordsOptions

_SEED = 20_260_101
_SHUFFLED = frozenset({"text", "texts", "spans", "boxes"})  # elsewhere an answer fits its record alone


def write_record_probes(package: Package, folder: Path) -> dict[str, Path]:
    """Write a constant and a random submission for scorer `records`.

    Args:
        package: whose reference was found in order.
        folder: existing.

    Returns:
        Name of the probe → file.

    Raises:
        NoProbe: there is no telling what they would look like.
    """
    options = RecordsOptions.model_validate(package.spec.scoring.options)
    if "jsonl" not in package.spec.submission.formats:
        raise NoProbe("none is made but as jsonl")
    path = package.files[f"{REFERENCE}reference.jsonl"].path
    truths = [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]
    answers = [_as_answer(one[options.truth_field], options.kind) for one in truths]
    made = {"constant": [_constant(answer, options.kind) for answer in answers]}
    if options.kind in _SHUFFLED:
        made["random"] = random.Random(_SEED).sample(answers, len(answers))  # noqa: S311 - no secret
    files = {}
    for name, values in made.items():
        files[name] = folder / f"{name}.jsonl"
        lines = (
            json.dumps({options.id_field: one[options.id_field], options.answer_field: value})
            for one, value in zip(truths, values, strict=True)
        )
        files[name].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files


def _as_answer(truth: Any, kind: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what is true in the shape of an answer."""
    if kind in {"text", "texts"}:
        first = truth[0] if isinstance(truth, list) else truth
        return first if kind == "text" else [first]
    if kind == "boxes":
        return [{**box, "score": 1.0} for box in truth]
    return truth


def _constant(answer: Any, kind: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the answer of somebody who saw nothing of the record but its size."""
    match kind:
        case "text":
            return ""
        case "tags":
            return ["O"] * len(answer)
        case "mask":
            height, width = answer["size"]
            return {"size": [height, width], "counts": [height * width]}
        case _:
            return []
