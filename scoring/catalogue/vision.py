"""Metrics of boxes and masks, bound to faster-coco-eval and SciPy."""

from scoring.catalogue.metric import INF, Family, Metric, Param, Wants

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
    _boxes(
        "box_map",
        "mean average precision over a range of IoUs",
        "range",
        (
            Param("iou_low", 0.4, "lowest overlap", minimum=0.05, maximum=1.0),
            Param("iou_high", 0.75, "highest overlap", minimum=0.05, maximum=1.0),
            Param("iou_step", 0.05, "from one to the next", minimum=0.01, maximum=1.0),
        ),
    ),
    Metric(
        name="centre_f1",
        family=Family.VISION,
        wants=Wants.BOXES,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="2 TP / (predicted + true boxes); right is a box whose centre lies in a true one of its "
        "label, each of which is found once",
        source="F1 of points in boxes, as in Kaggle's Kuzushiji recognition",
        compute="vision:centre_f1",
        on_blank="0",
        on_no_truth="0",
        on_neither="1",
    ),
    Metric(
        name="ospa",
        family=Family.VISION,
        wants=Wants.BOXES,
        higher_is_better=False,
        bounds=(0.0, 1.0),
        formula="mean over records of (least sum of 1 - IoU over pairs of a label + |n - m|) / max(n, m), "
        "n true and m predicted boxes; 0 without any",
        source="SciPy, linear_sum_assignment; faster-coco-eval, mask.iou; Schuhmacher et al. 2008, order 1",
        compute="vision:ospa",
        on_blank="1",
        on_no_truth="1",
        on_neither="0",
    ),
    Metric(
        name="hausdorff",
        family=Family.VISION,
        wants=Wants.MASK,
        higher_is_better=False,
        bounds=(0.0, INF),
        unit="pixels, or 1 if relative",
        formula="mean over records of the largest distance of a pixel of one mask from the other; 0 of two "
        "empty masks, the picture's diagonal where one is empty",
        source="SciPy, ndimage.distance_transform_edt",
        compute="vision:hausdorff",
        params=(Param("relative", False, "distances are shares of the picture's diagonal"),),
        on_blank="the picture's diagonal",
        on_no_truth="the picture's diagonal",
        on_neither="0",
    ),
    _mask("dice", "mean over records of 2 |A and B| / (|A| + |B|), 1 of two empty masks", "dice"),
    _mask("mask_iou", "mean over records of |A and B| / |A or B|, 1 of two empty masks", "iou"),
    _mask("dice_global", "2 |A and B| / (|A| + |B|) over the pixels of all records", "dice_global"),
)
