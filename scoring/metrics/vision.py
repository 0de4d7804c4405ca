"""Computes the metrics of `scoring.catalogue.vision`.

Boxes are tuples (x, y, width, height, label, score); masks are run lengths as COCO's: size [height, width]
and counts of 0 and 1 in turns, column by column.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scoring.metrics.base import RecordInputs

_IOUS = {"50": 0.5, "75": 0.75}


def _annotations(
    values: Sequence[Any], labels: Mapping[str, int], *, has_score: bool
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for image, boxes in enumerate(values, start=1):
        for x, y, width, height, label, score in boxes:
            if label not in labels:
                continue  # no true box has that label, so it counts for no label's precision
            box = {
                "id": len(found) + 1,
                "image_id": image,
                "category_id": labels[label],
                "bbox": [x, y, width, height],
                "area": width * height,
                "iscrowd": 0,
            }
            found.append({**box, "score": score} if has_score else box)
    return found


def boxes(records: RecordInputs, *, which: str, iou: float = 0.5) -> float:
    """Return COCO's average precision. A prediction without any true box gives 0, or 1 where none is made."""
    from faster_coco_eval import COCO, COCOeval_faster

    names = sorted({box[4] for boxes_of in records.truths for box in boxes_of})
    if not names:
        return float(not any(records.predictions))
    labels = {name: code for code, name in enumerate(names, start=1)}
    truths = COCO()
    truths.dataset = {
        "images": [{"id": image + 1} for image in range(len(records.truths))],
        "categories": [{"id": code, "name": name} for name, code in labels.items()],
        "annotations": _annotations(records.truths, labels, has_score=False),
    }
    truths.createIndex()
    found = _annotations(records.predictions, labels, has_score=True)
    if not found:
        return 0.0
    evaluation = COCOeval_faster(truths, truths.loadRes(found), "bbox", print_function=_silent)
    if which != "all":
        evaluation.params.iouThrs = np.array([_IOUS.get(which, iou)])
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]  # (IoUs, recalls, labels), any size, 100 boxes
    return float(precision[precision > -1].mean())


def _silent(*_: object) -> None:
    """Print nothing: what is printed in a scoring sandbox is taken for an error's text."""


def _overlap(truth: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the pixels of the overlap, of the true mask and of the predicted one."""
    from faster_coco_eval import mask

    height, width = truth["size"]
    one, other = (
        mask.frPyObjects({"size": [height, width], "counts": list(value["counts"])}, height, width)
        for value in (truth, answer)
    )
    both = mask.merge([one, other], intersect=True)
    return int(mask.area(both)), int(mask.area(one)), int(mask.area(other))


def masks(records: RecordInputs, *, which: str) -> float:
    """Return Dice's coefficient or the intersection over union; of two empty masks it is 1."""
    counts = np.array(
        [_overlap(*pair) for pair in zip(records.truths, records.predictions, strict=True)], dtype=np.float64
    )
    if which == "dice_global":
        counts = counts.sum(axis=0, keepdims=True)
    both, one, other = counts.T
    whole = one + other - both if which == "iou" else (one + other) / 2
    return float(np.where(whole > 0, both / np.maximum(whole, 0.5), 1.0).mean())
