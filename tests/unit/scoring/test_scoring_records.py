"""Scorer `records`: every kind of answer, metrics worked by hand, faults with their places, any bytes."""

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.__main__ import score
from scoring.catalogue import list_metrics
from scoring.catalogue.metric import RECORD_WANTS, Wants
from scoring.contract import ReportStatus, ScoringRequest
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.messages import render
from scoring.metrics.base import RecordInputs
from scoring.registry import evaluate_records
from scoring.scorers import Places


def span(start, end, label):
    return {"start": start, "end": end, "label": label}


def box(x, y, width, height, label="cat", score=0.9):
    return {"box": [x, y, width, height], "label": label, "score": score}


def kaggle(rle):
    return {"size": [2, 2], "rle": rle}


def lines_of(*answers):
    """Return JSONL of pairs (number, answer)."""
    return "".join(json.dumps({"id": f"r{at}", "answer": answer}) + "\n" for at, answer in answers)


class Job:
    """A reference and a submission of one kind."""

    def __init__(self, folder, kind, truths, metrics, **options):
        self.folder = folder
        self.options = {"kind": kind, **options}
        self.metrics = [{"name": name} if isinstance(name, str) else name for name in metrics]
        (folder / "reference").mkdir()
        self.reference("".join(self.line(at, truth) for at, truth in enumerate(truths)))

    def line(self, at, truth, split="public"):
        return json.dumps({"id": f"r{at}", "answer": truth, "split": split}, ensure_ascii=False) + "\n"

    def reference(self, text):
        (self.folder / "reference" / "reference.jsonl").write_text(text, encoding="utf-8")

    def score(self, content, name="submission.jsonl"):
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        request = ScoringRequest.model_validate(
            {
                "scorer": "records",
                "options": self.options,
                "metrics": self.metrics,
                "primary": self.metrics[0]["name"],
                "submission": name,
            }
        )
        return score(request, Places(inputs=self.folder, channel=self.folder / "chan"))

    def score_answers(self, *answers):
        return self.score(
            "".join(json.dumps({"id": f"r{at}", "answer": a}) + "\n" for at, a in enumerate(answers))
        )


CAT = {"size": [2, 2], "counts": [0, 2, 2]}  # the first column
ROW = {"size": [2, 2], "counts": [0, 1, 1, 1, 1]}  # the first row
BLANK = {"size": [2, 2], "counts": [4]}
TRUE_BOXES = [[{"box": [0, 0, 10, 10], "label": "cat"}], [{"box": [5, 5, 10, 10], "label": "cat"}]]
FOUND_BOXES = [[box(0, 0, 10, 10)], [box(5, 5, 10, 8)]]  # IoU 1 and 0.8
SPANS = [[span(0, 2, "PER"), span(4, 6, "LOC")], [span(1, 2, "PER")]]
SAID_SPANS = [[span(0, 2, "PER"), span(4, 6, "PER")], []]  # one right of two said, of three true
TAGS = [["B-PER", "I-PER", "O", "B-LOC"], ["O"]]
SAID_TAGS = [["B-PER", "I-PER", "O", "O"], ["O"]]
ZH = [["今天天气很好"], ["他去北京"]]
SAID_ZH = ["今天天气好", "他去北京"]

WORKED = [
    ("text", [["Paris", "paris city"], "Rome"], [" Paris ", "rome"], "exact_match", {}, 0.5),
    ("text", [["Paris"], ["The Rome!"]], ["paris", "rome"], "qa_exact_match", {}, 1.0),
    # P = 1/2, R = 1
    ("text", ["Paris"], ["Paris city"], "qa_f1", {}, 2 / 3),
    # characters: first 5 of 5 said are right, of 6: 10/11; second right
    ("text", ZH, SAID_ZH, "qa_f1", {"tokens": "zh-chars"}, (10 / 11 + 1) / 2),
    ("text", ["北京。"], ["北京"], "qa_exact_match", {"tokens": "zh-chars"}, 1.0),
    ("text", ["a b c d e"], ["a b c d e"], "bleu", {}, 100.0),
    ("text", ["今天天气很好"], ["今天天气很好"], "bleu", {"tokenize": "zh"}, 100.0),
    ("text", ["abc"], ["abc"], "chrf", {}, 100.0),
    ("text", ["a b c d"], ["a b c x"], "ter", {}, 25.0),
    ("text", ["a b c d"], ["a b"], "rouge1", {}, 2 / 3),
    ("text", ["a b c"], ["a b x"], "rouge2", {}, 0.5),
    ("text", ["a b c"], ["a x c"], "rougel", {}, 2 / 3),
    ("text", ["The cat, sat."], ["the cat sat"], "rougel", {}, 1.0),
    ("text", ["今天很好"], ["今天好"], "rougel", {"tokens": "zh-chars"}, 6 / 7),
    ("text", ["a b c d"], ["a x c"], "wer", {}, 0.5),
    ("text", ["abcd"], ["abxd"], "cer", {}, 0.25),
    # nothing true in the first record: two insertions on two true words
    ("text", ["", "a b"], ["x y", "a b"], "wer", {}, 1.0),
    ("text", [["kitten", "mitten"]], ["sitting"], "levenshtein", {}, 3.0),
    ("text", ["abcd"], ["abc"], "levenshtein_similarity", {}, 0.75),
    ("text", ["a b"], ["b c"], "word_jaccard", {}, 1 / 3),
    ("texts", ["4", "5"], [["4", "3"], ["1", "2"]], "pass_at_k", {}, 0.25),
    ("texts", ["4", "5"], [["4", "3"], ["1", "2"]], "pass_at_k", {"k": 2}, 0.5),
    ("spans", SPANS, SAID_SPANS, "entity_precision", {}, 0.5),
    ("spans", SPANS, SAID_SPANS, "entity_recall", {}, 1 / 3),
    ("spans", SPANS, SAID_SPANS, "entity_f1", {}, 0.4),
    ("spans", SPANS, SAID_SPANS, "entity_f1", {"match": "exact"}, 0.8),
    # PER: one right, of two said and two true: 1/2; LOC: 0
    ("spans", SPANS, SAID_SPANS, "entity_f1_macro", {}, 0.25),
    ("tags", TAGS, SAID_TAGS, "entity_f1", {}, 2 / 3),
    ("tags", TAGS, SAID_TAGS, "token_accuracy", {}, 0.8),
    # O: 4/5, B-PER and I-PER: 1, B-LOC: 0
    ("tags", TAGS, SAID_TAGS, "token_f1_macro", {}, (0.8 + 1 + 1 + 0) / 4),
    ("boxes", TRUE_BOXES, FOUND_BOXES, "coco_ap50", {}, 1.0),
    ("boxes", TRUE_BOXES, FOUND_BOXES, "coco_ap75", {}, 1.0),
    # at IoU 0.9 the second box is not found: recall 1/2 at precision 1 for 51 of 101 points
    ("boxes", TRUE_BOXES, FOUND_BOXES, "box_ap", {"iou": 0.9}, 51 / 101),
    ("boxes", TRUE_BOXES, FOUND_BOXES, "coco_map", {}, (7 + 3 * 51 / 101) / 10),
    # IoUs 0.5 to 0.8 find both, 0.85 and 0.9 the first alone
    ("boxes", TRUE_BOXES, FOUND_BOXES, "box_map", {"iou_low": 0.5, "iou_high": 0.9}, (7 + 2 * 51 / 101) / 9),
    # centres (5, 5) and (10, 10): one in its box, one of another label
    ("boxes", TRUE_BOXES, [[box(4, 4, 2, 2)], [box(9, 9, 2, 2, "dog")]], "centre_f1", {}, 0.5),
    # a true box is found once
    ("boxes", TRUE_BOXES, [[box(4, 4, 2, 2), box(5, 5, 2, 2)], []], "centre_f1", {}, 0.5),
    ("boxes", TRUE_BOXES, FOUND_BOXES, "ospa", {}, (0 + 0.2) / 2),
    # one too many, and nothing
    ("boxes", TRUE_BOXES, [[box(0, 0, 10, 10), box(50, 50, 1, 1)], []], "ospa", {}, (1 / 2 + 1) / 2),
    ("mask", [CAT, BLANK], [ROW, BLANK], "hausdorff", {}, 1 / 2),
    ("mask", [CAT, BLANK], [ROW, CAT], "hausdorff", {"relative": True}, (1 / math.sqrt(8) + 1) / 2),
    ("mask", [CAT, BLANK], [kaggle("1 1 3 1"), kaggle("")], "dice", {}, 0.75),
    ("ranking", [{"a": 1, "b": 1}], [["x", "a"]], "map_at_k", {"k": 2}, 0.25),
    ("mask", [CAT, BLANK], [ROW, BLANK], "dice", {}, 0.75),
    ("mask", [CAT, BLANK], [ROW, BLANK], "mask_iou", {}, (1 / 3 + 1) / 2),
    ("mask", [CAT, BLANK], [ROW, BLANK], "dice_global", {}, 0.5),
    ("ranking", [{"a": 1}, {"b": 1}], [["x", "a"], ["b", "x"]], "mrr", {}, 0.75),
    ("ranking", [{"a": 1}, {"b": 1}], [["x", "a"], ["b", "x"]], "map", {}, 0.75),
    ("ranking", [{"a": 1, "b": 1}], [["a"]], "recall_at_k", {"k": 5}, 0.5),
    ("ranking", [{"a": 1}], [["x", "a"]], "precision_at_k", {"k": 2}, 0.5),
    ("ranking", [{"a": 1}, {"b": 1}], [["x", "a"], []], "success_at_k", {"k": 2}, 0.5),
    ("ranking", [{"a": 1}], [["x", "a"]], "ndcg", {}, 1 / math.log2(3)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "truths", "answers", "metric", "params", "expected"),
    WORKED,
    ids=[f"{case[3]}-{at}" for at, case in enumerate(WORKED)],
)
def test_worked_by_hand(tmp_path, kind, truths, answers, metric, params, expected):
    job = Job(tmp_path, kind, truths, [{"name": metric, "params": params}])
    report = job.score_answers(*answers)
    assert report.status is ReportStatus.SCORED, [render(m.code, m.params) for m in report.messages]
    assert report.metrics[0].value == pytest.approx(expected, abs=2e-6)


def test_every_metric_of_records_is_worked_by_hand():
    wanted = {metric.name for metric in list_metrics() if metric.wants in {*RECORD_WANTS, Wants.TRIALS}}
    grouped = {metric.name for metric in list_metrics() if metric.wants is Wants.GROUPED}
    assert {case[3] for case in WORKED} == wanted | grouped


PERFECT = {
    "text": (("a b c d", "今天天气很好"), ("a b c d", "今天天气很好")),
    "spans": (SPANS, SPANS),
    "tags": (TAGS, TAGS),
    "mask": ([CAT, BLANK], [CAT, BLANK]),
    "boxes": (TRUE_BOXES, [[{**one, "score": 1} for one in boxes] for boxes in TRUE_BOXES]),
}
BLANKS = {"text": "", "spans": [], "boxes": [], "mask": BLANK}


@pytest.mark.parametrize(
    "metric", [one for one in list_metrics() if one.wants in RECORD_WANTS], ids=lambda one: one.name
)
class TestDegenerate:
    def test_without_records_it_is_undefined(self, metric):
        found = evaluate_records(metric.name, RecordInputs(metric.wants, [], []))
        assert (found.value, found.reason) == (None, "empty")

    def test_a_perfect_answer_is_at_the_good_end(self, metric, tmp_path):
        truths, answers = PERFECT.get(
            metric.wants, (TRUE_BOXES, [[{**one, "score": 1} for one in b] for b in TRUE_BOXES])
        )
        # Else the Chinese text has too few words for n-grams, or none.
        params = {"bleu": {"tokenize": "zh"}}.get(metric.name, {})
        if metric.name.startswith("rouge"):
            params = {"tokens": "zh-chars"}
        job = Job(tmp_path, metric.wants, truths, [{"name": metric.name, "params": params}])
        expected = metric.bounds[1] if metric.higher_is_better else metric.bounds[0]
        assert job.score_answers(*answers).metrics[0].value == pytest.approx(expected)


FAULTS = [
    ("text", ["a"], '{"id": "r0", "answer": 3}', "answer-not-text", {"row": 1, "id": "r0"}),
    ("text", ["a"], '{"id": "r0", "answer": "' + "x" * 30 + '"}', "answer-too-long", {"limit": 20}),
    ("text", ["a"], '{"id": "r0", "answer": "\\ud800"}', "answer-not-unicode", {"row": 1}),
    ("text", ["a"], '{"id": "r0"}', "row-key-missing", {"row": 1, "column": "answer"}),
    ("text", ["a"], '{"id": "r0", "answer": "a", "x": 1}', "row-key-extra", {"column": "x"}),
    ("text", ["a"], '{"id": "r0", "id": "r0", "answer": "a"}', "row-key-duplicate", {"column": "id"}),
    ("text", ["a"], '{"id": 0, "answer": "a"}', "value-not-text", {"row": 1, "column": "id"}),
    ("text", ["a"], "[1]", "row-not-object", {"row": 1}),
    ("text", ["a"], "null", "row-not-object", {"row": 1}),
    ("text", ["a"], '{"id": "r0", "answer": NaN}', "row-not-json", {"row": 1}),
    ("text", ["a"], '{"id": "r0", "answer": "\xff"}', "file-not-utf8", {"row": 1}),
    ("text", ["a"], '{"id": "r7", "answer": "a"}', "id-unknown", {"row": 1, "id": "r7"}),
    ("text", ["a", "b"], '{"id": "r1", "answer": "a"}', "id-missing", {"id": "r0"}),
    ("text", ["a"], '{"id": "r0", "answer": "a"}\n' * 2, "id-duplicate", {"row": 2, "first_row": 1}),
    ("texts", ["a"], '{"id": "r0", "answer": "a"}', "answer-not-list", {"row": 1}),
    ("texts", ["a"], json.dumps({"id": "r0", "answer": ["a"] * 6}), "answer-too-many", {"limit": 5}),
    ("spans", [[]], '{"id": "r0", "answer": [{"start": 1}]}', "item-keys", {"item": 1}),
    ("spans", [[]], lines_of((0, [span(-1, 2, "A")])), "item-not-whole", {"column": "start"}),
    ("spans", [[]], json.dumps({"id": "r0", "answer": [span(2, 2, "A")]}), "span-empty", {"item": 1}),
    ("spans", [[]], lines_of((0, [span(1, 2, "A")] * 2)), "item-twice", {"first_item": 1}),
    ("spans", [[]], json.dumps({"id": "r0", "answer": [span(1, 2, "Z")]}), "item-label", {"found": "Z"}),
    ("spans", [[]], lines_of((0, [span(1, 2, 5)])), "item-not-text", {"column": "label"}),
    ("tags", [["O"]], '{"id": "r0", "answer": []}', "tags-count", {"found": 0, "expected": 1}),
    ("tags", [["O"]], '{"id": "r0", "answer": ["X-A"]}', "tag-unknown", {"item": 1}),
    ("boxes", [[]], json.dumps({"id": "r0", "answer": [box(1, 2, 3, 0, "A")]}), "box-empty", {"item": 1}),
    ("boxes", [[]], json.dumps({"id": "r0", "answer": [box(1, 2, 3, 10**400, "A")]}), "item-not-number", {}),
    ("boxes", [[]], '{"id": "r0", "answer": [{"box": [1], "label": "A", "score": 1}]}', "box-shape", {}),
    ("mask", [CAT], '{"id": "r0", "answer": {"size": [2], "counts": []}}', "mask-size", {}),
    ("mask", [CAT], '{"id": "r0", "answer": {"size": [1, 4], "counts": [4]}}', "mask-size-wrong", {}),
    ("mask", [CAT], '{"id": "r0", "answer": {"size": [2, 2], "counts": [3]}}', "mask-counts", {"found": 3}),
    *(
        ("mask", [CAT], lines_of((0, kaggle(rle))), "mask-rle", {"item": item})
        for rle, item in (("1 2 3", 2), ("0 1", 1), ("3 1 1 1", 2), ("1 5", 1), ("1 0", 1), ("1 x", 1))
    ),
    ("mask", [CAT], '{"id": "r0", "answer": {"size": [2, 2], "rle": 5}}', "answer-not-text", {}),
    ("ranking", [{"a": 1}], '{"id": "r0", "answer": ["a", "a"]}', "item-twice", {"item": 2}),
]  # fmt: skip
METRIC_OF = {
    "text": "exact_match", "texts": "pass_at_k", "spans": "entity_f1", "tags": "token_accuracy",
    "boxes": "coco_map", "mask": "dice", "ranking": "mrr",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "truths", "content", "code", "params"), FAULTS, ids=[f[3] for f in FAULTS])
def test_faults_have_a_place(tmp_path, kind, truths, content, code, params):
    job = Job(tmp_path, kind, truths, [METRIC_OF[kind]], max_chars=20, max_items=5, labels=["A"])
    report = job.score(content.encode("latin-1") if code == "file-not-utf8" else content)
    assert report.status is ReportStatus.REFUSED
    (message,) = [one for one in report.messages if one.code == code]
    assert params.items() <= message.params.items()
    assert "{" not in render(code, message.params).replace("{}", "")


def test_ten_of_each_fault_and_how_many_more(tmp_path):
    job = Job(tmp_path, "text", ["a"] * 30, ["exact_match"])
    report = job.score('{"id": "r0", "answer": "a"}\n')
    assert [one.code for one in report.messages] == ["id-missing"] * 10 + ["more-like-this"]
    assert report.messages[-1].params["count"] == 19


def test_order_of_lines_does_not_matter_and_splits_are_apart(tmp_path):
    job = Job(tmp_path, "text", [], ["exact_match"])
    job.reference(job.line(0, "a", "public") + job.line(1, "b", "private") + job.line(2, "c", "sample"))
    report = job.score(
        "".join(json.dumps({"id": f"r{n}", "answer": a}) + "\n" for n, a in ((2, "x"), (1, "b"), (0, "a")))
    )
    assert {one.split: one.value for one in report.metrics} == {"public": 1.0, "private": 1.0, "sample": 0.0}


def test_text_has_one_answer_a_line(tmp_path):
    job = Job(tmp_path, "text", ["a", "", "ç"], ["exact_match"])
    assert job.score("\ufeffa\r\n\nç\n", "submission.txt").metrics[0].value == 1.0
    short = job.score("a\n", "submission.txt")
    assert [(one.code, one.params) for one in short.messages] == [("line-count", {"found": 1, "expected": 3})]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"id": "r0"}',
        '{"id": "r0", "answer": 3, "split": "public"}',
        '{"id": "r0", "answer": "a", "split": "x"}',
        "",
    ],
)
def test_a_broken_reference_is_the_organizers_fault(tmp_path, line):
    job = Job(tmp_path, "text", [], ["exact_match"])
    job.reference(line)
    with pytest.raises(ReferenceBroken, match=r"reference\.jsonl"):
        job.score('{"id": "r0", "answer": "a"}\n')


def test_a_metric_of_another_kind_is_the_organizers_fault(tmp_path):
    with pytest.raises(ScorerMisconfigured, match="dice reads mask, not records of kind text"):
        Job(tmp_path, "text", ["a"], ["dice"]).score_answers("a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
KEYS = ("start", "end", "label", "box", "score", "size", "counts")
NEAR = st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4), max_size=3)
TRUE = {
    "text": "a", "texts": "a", "spans": SPANS[0], "tags": TAGS[0], "boxes": TRUE_BOXES[0], "mask": CAT,
    "ranking": {"a": 1},
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TRUE))
def test_whatever_is_handed_in_the_answer_is_a_report(tmp_path, kind):
    job = Job(tmp_path, kind, [TRUE[kind]], [METRIC_OF[kind]])

    @settings(
        max_examples=80,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.one_of(JSON, NEAR, st.dictionaries(st.sampled_from(KEYS), JSON)), st.binary(max_size=6))
    def check(answer, tail):
        for content in (
            json.dumps({"id": "r0", "answer": answer}).encode(),
            json.dumps(answer).encode() + tail,
        ):
            report = job.score(content)
            assert (report.status is ReportStatus.REFUSED) == bool(report.messages)
            assert (report.status is ReportStatus.SCORED) == bool(report.metrics)

    check()


def test_deep_nesting_is_not_json_here(tmp_path):
    report = Job(tmp_path, "text", ["a"], ["exact_match"]).score("[" * 100_000)
    assert report.messages[0].code == "row-not-json"
