"""What an answer of each kind may be in JSON, and the value that metrics read: strict and capped.

| kind | a contestant's answer | what is true |
|---|---|---|
| `text` | a text | a text, or a list of texts that are all right |
| `texts` | a list of texts, attempts at one task | as for `text` |
| `spans` | a list of `{"start", "end", "label"}`, end not included | the same |
| `tags` | a list of tags (`O`, `B-PER`, `I-PER`), one for each token | the same |
| `boxes` | a list of `{"box": [x, y, width, height], "label", "score"}` | the same, without `score` |
| `mask` | `{"size": [height, width], "counts": [...]}`, as COCO's, or `"rle": "1 3 9 2"` | the same |
| `ranking` | a list of names, the best first | `{name: relevance}`, whole numbers from 0 |

`counts` are run lengths of 0 and 1 in turns; the text `rle` is Kaggle's: pairs of a start from 1 and a
length. Both run down the columns.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scoring.faults import echo, echo_json
from scoring.options import RecordsOptions

_MAX_COORDINATE = 10**9
_BOX_NUMBERS = 4
_MASK_SIDES = 2
_PAIR = 2
_MAX_DIGITS = 11


class Unfit(Exception):
    """An answer that is not of its kind: `code` is one of `scoring.messages`, `params` are its parameters."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def _text(value: object, options: RecordsOptions) -> str:
    if not isinstance(value, str):
        raise Unfit("answer-not-text", found=echo_json(value))
    if len(value) > options.max_chars:
        raise Unfit("answer-too-long", found=len(value), limit=options.max_chars)
    if not value.isprintable() and any(0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise Unfit("answer-not-unicode")
    return value


def _list(value: object, options: RecordsOptions) -> list[Any]:
    if not isinstance(value, list):
        raise Unfit("answer-not-list", found=echo_json(value))
    if len(value) > options.max_items:
        raise Unfit("answer-too-many", found=len(value), limit=options.max_items)
    return value


def _object(value: object, at: int, *keys: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(keys):
        found = ", ".join(map(str, value)) if isinstance(value, dict) else echo_json(value)
        raise Unfit("item-keys", item=at, expected=", ".join(keys), found=echo(found))
    return value


def _whole(value: object, at: int, key: str, maximum: int = _MAX_COORDINATE) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= maximum:
        raise Unfit("item-not-whole", item=at, column=key, found=echo_json(value), maximum=maximum)
    return value


def _number(value: object, at: int, key: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(_float(value)) <= _MAX_COORDINATE:
        raise Unfit("item-not-number", item=at, column=key, found=echo_json(value))
    return _float(value)


def _float(value: Any) -> float:  # noqa: ANN401  # int or float, as JSON gives them
    """Return a number as a float; infinity where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _label(value: object, at: int, options: RecordsOptions) -> str:
    if not isinstance(value, str) or not value:
        raise Unfit("item-not-text", item=at, column="label", found=echo_json(value))
    if options.labels and value not in options.labels:
        raise Unfit("item-label", item=at, found=echo(value), expected=echo(", ".join(options.labels)))
    return value


def _texts(value: object, options: RecordsOptions) -> tuple[str, ...]:
    return tuple(_text(one, options) for one in _list(value, options))


def _spans(value: object, options: RecordsOptions) -> tuple[tuple[int, int, str], ...]:
    found: dict[tuple[int, int, str], int] = {}
    for at, one in enumerate(_list(value, options), start=1):
        span = _object(one, at, "start", "end", "label")
        start, end = _whole(span["start"], at, "start"), _whole(span["end"], at, "end")
        if end <= start:
            raise Unfit("span-empty", item=at, start=start, end=end)
        key = (start, end, _label(span["label"], at, options))
        if key in found:
            raise Unfit("item-twice", item=at, first_item=found[key])
        found[key] = at
    return tuple(sorted(found))


def _tags(value: object, options: RecordsOptions) -> tuple[str, ...]:
    tags = _list(value, options)
    for at, tag in enumerate(tags, start=1):
        kind, _, label = tag.partition("-") if isinstance(tag, str) else ("", "", "")
        if tag != "O" and not (kind in {"B", "I", "E", "S"} and label):
            raise Unfit("tag-unknown", item=at, found=echo_json(tag))
        if label and options.labels and label not in options.labels:
            raise Unfit("item-label", item=at, found=echo(label), expected=echo(", ".join(options.labels)))
    return tuple(tags)


def _boxes(
    value: object, options: RecordsOptions, *, has_score: bool = True
) -> tuple[tuple[float, float, float, float, str, float], ...]:
    keys = ("box", "label", "score") if has_score else ("box", "label")
    found = []
    for at, one in enumerate(_list(value, options), start=1):
        item = _object(one, at, *keys)
        sides = item["box"]
        if not isinstance(sides, list) or len(sides) != _BOX_NUMBERS:
            raise Unfit("box-shape", item=at, found=echo_json(sides))
        x, y, width, height = (_number(side, at, "box") for side in sides)
        if width <= 0 or height <= 0:
            raise Unfit("box-empty", item=at)
        score = _number(item["score"], at, "score") if has_score else 1.0
        found.append((x, y, width, height, _label(item["label"], at, options), score))
    return tuple(found)


def _mask(value: object, options: RecordsOptions) -> dict[str, tuple[int, ...]]:
    is_text = isinstance(value, dict) and "rle" in value
    mask = _object(value, 1, "size", "rle" if is_text else "counts")
    sides = mask["size"]
    if not isinstance(sides, list) or len(sides) != _MASK_SIDES:
        raise Unfit("mask-size", found=echo_json(sides))
    size = tuple(_whole(side, 1, "size", options.max_side) for side in sides)
    if is_text:
        return {"size": size, "counts": _runs_of_text(mask["rle"], size[0] * size[1], options)}
    runs = tuple(
        _whole(run, at, "counts", size[0] * size[1])
        for at, run in enumerate(_list(mask["counts"], options), start=1)
    )
    if sum(runs) != size[0] * size[1]:
        raise Unfit("mask-counts", found=sum(runs), expected=size[0] * size[1])
    return {"size": size, "counts": runs}


def _runs_of_text(value: object, n_pixels: int, options: RecordsOptions) -> tuple[int, ...]:
    """Return COCO's run lengths of Kaggle's pairs."""
    if not isinstance(value, str):
        raise Unfit("answer-not-text", found=echo_json(value))
    words = _list(value.split(), options)
    runs, position = [], 0
    for at in range(0, len(words), 2):
        pair = words[at : at + 2]
        is_whole = all(word.isascii() and word.isdigit() and len(word) < _MAX_DIGITS for word in pair)
        start, length = (int(pair[0]) - 1, int(pair[1])) if is_whole and len(pair) == _PAIR else (-1, 0)
        if length < 1 or start < position or start + length > n_pixels:
            raise Unfit("mask-rle", item=at // 2 + 1, found=echo(" ".join(pair)), expected=n_pixels)
        runs += [start - position, length]
        position = start + length
    return (*runs, n_pixels - position)


def _ranking(value: object, options: RecordsOptions) -> tuple[str, ...]:
    names = _texts(value, options)
    seen: dict[str, int] = {}
    for at, name in enumerate(names, start=1):
        if name in seen:
            raise Unfit("item-twice", item=at, first_item=seen[name])
        seen[name] = at
    return names


def _true_texts(value: object, options: RecordsOptions) -> tuple[str, ...]:
    texts = _texts(value, options) if isinstance(value, list) else (_text(value, options),)
    if not texts:
        raise Unfit("answer-not-text", found="[]")
    return texts


def _relevance(value: object, options: RecordsOptions) -> dict[str, int]:
    if not isinstance(value, dict):
        raise Unfit("answer-not-list", found=echo_json(value))
    return {_text(name, options): _whole(grade, 1, str(name)) for name, grade in value.items()}


def _true_boxes(value: object, options: RecordsOptions) -> tuple[tuple[float, ...], ...]:
    return _boxes(value, options, has_score=False)  # type: ignore[return-value]  # labels are texts


@dataclass(frozen=True, slots=True)
class _Kind:
    answer: Callable[[object, RecordsOptions], Any]
    truth: Callable[[object, RecordsOptions], Any]


_KINDS: dict[str, _Kind] = {
    "text": _Kind(_text, _true_texts),
    "texts": _Kind(_texts, _true_texts),
    "spans": _Kind(_spans, _spans),
    "tags": _Kind(_tags, _tags),
    "boxes": _Kind(_boxes, _true_boxes),
    "mask": _Kind(_mask, _mask),
    "ranking": _Kind(_ranking, _relevance),
}


def read_answer(value: object, options: RecordsOptions) -> Any:  # noqa: ANN401  # by kind, see above
    """Return a contestant's answer as metrics read it.

    Raises:
        Unfit: it is not of the problem's kind.
    """
    return _KINDS[options.kind].answer(value, options)


def read_truth(value: object, options: RecordsOptions) -> Any:  # noqa: ANN401
    """Return what is true as metrics read it. Raises `Unfit`."""
    return _KINDS[options.kind].truth(value, options)


def check_pair(answer: Any, truth: Any, kind: str) -> None:  # noqa: ANN401
    """Check what can be seen only beside the truth. Raises `Unfit`."""
    if kind == "tags" and len(answer) != len(truth):
        raise Unfit("tags-count", found=len(answer), expected=len(truth))
    if kind == "mask" and answer["size"] != truth["size"]:
        raise Unfit("mask-size-wrong", found=str(list(answer["size"])), expected=str(list(truth["size"])))
