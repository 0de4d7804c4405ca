"""Metrics of boxes and masks, bound to faster-coco-eval."""

from scoring.catalogue.metric import Family, Metric, Param, Wants

_COCO = "faster-coco-eval, COCOeval_faster; Lin et al. 2014"
_RLE = "faster-coco-eval, mask.merge and mask.area on run lengths"


def _boxes(name: str, formula: str, which: str, params: tuple[Param, ...] = ()) -> Metric:
    return Metric(
        name=name,
        family=Family.VISION,
        wants=Wants.BOXES,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=f"{formula}; 101 recall points, at most 100 boxes a picture, mean over true labels",
        source=_COCO,
        compute="vision:boxes",
        fixed={"which": which},
        params=params,
        on_blank="0",
        on_no_truth="0",
        on_neither="1",
    )


def _mask(name: str, formula: str, which: str) -> Metric:
    return Metric(
        name=name,
        family=Family.VISION,
        wants=Wants.MASK,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=formula,
        source=_RLE,
        compute="vision:masks",
        fixed={"which": which},
        on_blank="0",
        on_no_truth="0",
        on_neither="1",
    )


METRICS: tuple[Metric, ...] = (
    _boxes("coco_map", "mean average precision over IoU 0.50, 0.55 ... 0.95", "all"),
    _boxes("coco_ap50", "average precision at IoU 0.50", "50"),
    _boxes("coco_ap75", "average precision at IoU 0.75", "75"),
    _boxes(
        "box_ap",
        "average precision at one IoU",
        "iou",
        (Param("iou", 0.5, "from this overlap on a box is found", minimum=0.05, maximum=1.0),),
    ),
    _mask("dice", "mean over records of 2 |A and B| / (|A| + |B|), 1 of two empty masks", "dice"),
    _mask("mask_iou", "mean over records of |A and B| / |A or B|, 1 of two empty masks", "iou"),
    _mask("dice_global", "2 |A and B| / (|A| + |B|) over the pixels of all records", "dice_global"),
)
