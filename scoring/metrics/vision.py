"""Computes the metrics of `scoring.catalogue.vision`.

Boxes are tuples (x, y, width, height, label, score); masks are run lengths as COCO's: size [height, width]
and counts of 0 and 1 in turns, column by column.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scoring.metrics.base import Array, RecordInputs

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


def boxes(records: RecordInputs, *, which: str, **ious: float) -> float:
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
        evaluation.params.iouThrs = _thresholds(which, ious)
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]  # (IoUs, recalls, labels), any size, 100 boxes
    return float(precision[precision > -1].mean())


def _thresholds(which: str, ious: Mapping[str, float]) -> Array:
    if which != "range":
        return np.array([_IOUS.get(which, ious.get("iou", 0.5))])
    n_steps = round((ious["iou_high"] - ious["iou_low"]) / ious["iou_step"])
    return ious["iou_low"] + ious["iou_step"] * np.arange(max(n_steps, 0) + 1)


def centre_f1(records: RecordInputs) -> float:
    """Return F1 of boxes whose centre lies in a true box of their label; 1 where there are none at all."""
    n_right = n_boxes = 0
    for truth, answer in zip(records.truths, records.predictions, strict=True):
        left = list(truth)
        n_boxes += len(truth) + len(answer)
        for x, y, width, height, label, _ in sorted(answer, key=lambda box: -box[5]):
            across, down = x + width / 2, y + height / 2
            hit = next((box for box in left if box[4] == label and _holds(box, across, down)), None)
            if hit is not None:
                left.remove(hit)
                n_right += 1
    return 2 * n_right / n_boxes if n_boxes else 1.0


def _holds(box: Sequence[Any], across: float, down: float) -> bool:
    return bool(box[0] <= across <= box[0] + box[2] and box[1] <= down <= box[1] + box[3])


def ospa(records: RecordInputs) -> float:
    """Return the mean optimal subpattern assignment distance of boxes, by overlap."""
    from faster_coco_eval import mask
    from scipy.optimize import linear_sum_assignment

    total = 0.0
    for truth, answer in zip(records.truths, records.predictions, strict=True):
        if not truth or not answer:
            total += float(bool(truth) or bool(answer))
            continue
        one, other = (np.array([box[:4] for box in side], dtype=np.float64) for side in (answer, truth))
        overlap = np.asarray(mask.iou(one, other, [0] * len(truth)))
        is_same = np.array([box[4] for box in answer])[:, None] == np.array([box[4] for box in truth])
        cost = 1 - overlap * is_same
        rows, columns = linear_sum_assignment(cost)
        n_least, n_most = sorted((len(truth), len(answer)))
        total += (float(cost[rows, columns].sum()) + n_most - n_least) / n_most
    return total / len(records.truths)


def hausdorff(records: RecordInputs, *, relative: bool) -> float:
    """Return the mean Hausdorff distance of masks, in pixels or in shares of the diagonal."""
    from scipy.ndimage import distance_transform_edt

    distances = []
    for truth, answer in zip(records.truths, records.predictions, strict=True):
        one, other = _pixels(truth), _pixels(answer)
        diagonal = float(np.hypot(*truth["size"]))
        if one.any() and other.any():
            far = max(distance_transform_edt(~one)[other].max(), distance_transform_edt(~other)[one].max())
        else:
            far = diagonal * float(one.any() or other.any())
        distances.append(far / diagonal if relative else far)
    return float(np.mean(distances))


def _pixels(mask: Mapping[str, Any]) -> Array:
    """Return a mask as bool of shape (height, width)."""
    height, width = mask["size"]
    counts = np.asarray(mask["counts"], dtype=np.int64)
    flat = np.repeat(np.arange(counts.size) % 2 == 1, counts)
    return flat.reshape(width, height).T


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
