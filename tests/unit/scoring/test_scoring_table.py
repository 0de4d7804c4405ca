"""Tables beyond binary probabilities, the organizer's faults, and the program as the sandbox runs it."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scoring_cases import LABELS, SPLITS, Job, csv_of, said

import scoring.contract
from scoring.contract import ReportStatus, ScoringReport
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.messages import CATALOGUE, render
from scoring.options import PRELOAD

ROOT = Path(__file__).resolve().parents[3]


def values_of(report, split="private"):
    return {m.key: m.value for m in report.metrics if m.split == split}


def test_labels_as_text(tmp_path):
    job = Job(tmp_path, columns=[{"name": "c", "kind": "label", "values": ["cat", "dog", "owl"]}])
    job.metrics = [{"name": "accuracy"}, {"name": "f1_macro"}]
    job.reference(id=range(4), label=["dog", "cat", "owl", "owl"], split=["private"] * 4)
    report = job.score("a.csv", "id,c\n0,dog\n1,cat\n2,owl\n3,cat\n")
    assert values_of(report)["accuracy"] == 0.75
    assert said(job.score("b.csv", "id,c\n0,dog\n1,Cat\n2,owl\n3,cat\n")) == [
        ("value-not-allowed", {"row": 3, "column": "c", "expected": "cat, dog, owl", "found": "Cat"})
    ]


def test_labels_as_numbers(tmp_path):
    job = Job(tmp_path, columns=[{"name": "c", "kind": "int", "minimum": 0, "maximum": 2}])
    job.metrics = [{"name": "accuracy"}, {"name": "mae"}]
    job.reference(id=range(4), label=[1, 0, 2, 2], split=["private"] * 4)
    assert values_of(job.score("a.csv", "id,c\n0,1\n1,0\n2,2\n3,0\n")) == {"accuracy": 0.75, "mae": 0.5}
    assert said(job.score("b.csv", "id,c\n0,1.0\n1,0\n2,2\n3,3\n"))[0][0] == "value-not-integer"


def test_probabilities_of_several_classes(tmp_path):
    columns = [{"name": name, "minimum": 0, "maximum": 1} for name in ("a", "b", "c")]
    job = Job(tmp_path, columns=columns, probability_columns=["a", "b", "c"], classes=["a", "b", "c"])
    job.metrics = [{"name": "log_loss"}, {"name": "accuracy"}]
    job.reference(id=range(2), label=["c", "a"], split=["private"] * 2)
    values = values_of(job.score("a.csv", "id,a,b,c\n0,0.25,0.25,0.5\n1,0.5,0.25,0.25\n"))
    assert values == {"log_loss": pytest.approx(math.log(2)), "accuracy": 1.0}


def test_regression_with_real_targets(tmp_path):
    job = Job(tmp_path, columns=[{"name": "y"}], target_column="y")
    job.metrics = [{"name": "rmse"}, {"name": "mae", "label": "error"}]
    job.reference(id=range(2), y=[1.5, 2.5], split=["private"] * 2)
    assert values_of(job.score("a.csv", "id,y\n1,2.5\n0,3.5\n")) == {"rmse": math.sqrt(2), "error": 1.0}


def test_free_text_answers(tmp_path):
    job = Job(tmp_path, columns=[{"name": "answer", "kind": "str"}])
    job.metrics = [{"name": "accuracy"}]
    job.reference(id=range(3), label=["Paris", "Rome", "Oslo"], split=["private"] * 3)
    assert values_of(job.score("a.csv", "id,answer\n0,Paris\n1,Milan\n2,Oslo\n"))["accuracy"] == 2 / 3


def test_text_ids(tmp_path):
    job = Job(tmp_path)
    job.reference(id=[f"k{i}" for i in range(6)], label=LABELS, split=SPLITS)
    good = csv_of(["k5", "k3", "k1", "k0", "k2", "k4"], [0.3, 0.8, 0.9, 0.1, 0.2, 0.7])
    assert values_of(job.score("a.csv", good))["roc_auc"] == 1.0
    assert said(job.score("b.csv", good.replace("k5", "k9").replace("k3", "k1"))) == [
        ("id-unknown", {"row": 2, "id": "k9"}),
        ("id-duplicate", {"row": 4, "id": "k1", "first_row": 3}),
        ("id-missing", {"id": "k3"}),
        ("id-missing", {"id": "k5"}),
    ]


def test_texts_without_a_list_of_classes_are_coded_in_order(tmp_path):
    job = Job(tmp_path)
    job.metrics = [{"name": "roc_auc"}]
    job.reference(id=range(4), label=["yes", "no", "no", "yes"], split=["private"] * 4)
    assert values_of(job.score("a.csv", csv_of(range(4), [0.9, 0.1, 0.2, 0.8])))["roc_auc"] == 1.0


def test_columns_that_do_not_exist_are_a_crash(tmp_path):
    job = Job(tmp_path, prediction_column="q")
    with pytest.raises(ScorerMisconfigured):
        job.score("a.csv", csv_of())


def test_ranking_by_groups(tmp_path):
    job = Job(tmp_path, columns=[{"name": "s"}], group_column="query")
    job.metrics = [{"name": "ndcg"}, {"name": "mrr"}]
    job.reference(id=range(4), label=[0, 1, 1, 0], query=["q", "q", "r", "r"], split=["private"] * 4)
    values = values_of(job.score("a.csv", "id,s\n0,0.9\n1,0.5\n2,0.8\n3,0.1\n"))
    assert values == {"ndcg": pytest.approx((1 / math.log2(3) + 1) / 2), "mrr": 0.75}


def test_a_csv_reference_gives_the_same(tmp_path):
    job = Job(tmp_path)
    expected = job.score("a.csv", csv_of()).metrics
    (tmp_path / "reference" / "reference.parquet").unlink()
    rows = zip(range(6), LABELS, SPLITS, strict=True)
    lines = ["id,label,split", *(f"{i},{label},{split}" for i, label, split in rows)]
    (tmp_path / "reference" / "reference.csv").write_text("\n".join(lines))
    assert job.score("a.csv", csv_of()).metrics == expected


@pytest.mark.parametrize(
    "columns",
    [
        {"id": [0, 0], "label": [0, 1], "split": ["public"] * 2},
        {"id": [3, 1, 3], "label": [0, 1, 1], "split": ["public"] * 3},
        {"id": ["a", "a"], "label": [0, 1], "split": ["public"] * 2},
        {"id": [0, None], "label": [0, 1], "split": ["public"] * 2},
        {"id": [0, 1], "label": [0, 1], "split": ["public", "secret"]},
        {"id": [0, 1], "label": [0.0, math.nan], "split": ["public"] * 2},
        {"id": [0, 1], "split": ["public"] * 2},
        {"id": [], "label": [], "split": []},
    ],
)
def test_a_broken_reference_is_a_crash_never_a_verdict(tmp_path, columns):
    job = Job(tmp_path)
    job.reference(**columns)
    with pytest.raises(ReferenceBroken):
        job.score("a.csv", csv_of(range(2), [0.1, 0.2]))


def test_an_unreadable_reference_is_a_crash(tmp_path):
    job = Job(tmp_path)
    (tmp_path / "reference" / "reference.parquet").write_bytes(b"PAR1")
    with pytest.raises(ReferenceBroken):
        job.score("a.csv", csv_of())
    (tmp_path / "reference" / "reference.parquet").unlink()
    with pytest.raises(ReferenceBroken):
        job.score("a.csv", csv_of())


@pytest.mark.parametrize(
    "metrics",
    [
        [{"name": "roc_auc"}, {"name": "roc_auc"}],
        [{"name": "nonsense"}],
        [{"name": "parameters"}],
        [{"name": "roc_auc", "params": {"k": 1}}],
    ],
)
def test_a_wrong_request_is_a_crash(tmp_path, metrics):
    job = Job(tmp_path)
    job.metrics = metrics
    with pytest.raises(ScorerMisconfigured):
        job.score("a.csv", csv_of())


class Arrays:
    """A job of the scorer `arrays` with two classes or more."""

    def __init__(self, folder, y_true, split, n_classes):
        self.folder, self.n_classes = folder, n_classes
        (folder / "reference").mkdir()
        np.savez(folder / "reference" / "reference.npz", y_true=y_true, split=np.array(split, np.uint8))

    def score(self, scores, stats=None, metrics=("accuracy",)):
        if isinstance(scores, bytes):
            (self.folder / "predictions.npy").write_bytes(scores)
        else:
            np.save(self.folder / "predictions.npy", scores)
        if stats is not None:
            (self.folder / "stats.json").write_text(stats)
        request = {
            "scorer": "arrays",
            "options": {"n_classes": self.n_classes},
            "metrics": [{"name": name} for name in metrics],
            "primary": metrics[0],
            "submission": "predictions.npy",
            "extra": {"stats": "stats.json"} if stats is not None else {},
        }
        from scoring.__main__ import score
        from scoring.contract import ScoringRequest
        from scoring.scorers import Places

        places = Places(inputs=self.folder, channel=self.folder / "chan")
        return score(ScoringRequest.model_validate_json(json.dumps(request)), places)


@pytest.fixture
def arrays(tmp_path):
    return Arrays(tmp_path, np.array([0, 1, 2, 1]), [0, 0, 1, 1], 3)


SCORES = np.array([[9.0, 1, 0], [0, 2, 1], [5, 1, 1], [0, 7, 0]], dtype=np.float32)


def test_arrays_by_split(arrays):
    report = arrays.score(SCORES, metrics=("accuracy", "top_k_accuracy"))
    assert values_of(report, "public")["accuracy"] == 1.0
    assert values_of(report, "private")["accuracy"] == 0.5


def test_measurements_stand_in_every_split(arrays):
    stats = '{"parameters": 10, "size_bytes": 400, "latency_ms_p50": 0.5, "batch_throughput": 3}'
    report = arrays.score(SCORES, stats, metrics=("accuracy", "parameters", "latency_ms_p95"))
    for split in ("public", "private"):
        values = values_of(report, split)
        assert values["parameters"] == 10
        assert values["size_bytes"] == 400
        assert values["latency_ms_p95"] is None
    assert next(m.reason for m in report.metrics if m.key == "latency_ms_p95") == "not-measured"
    assert not next(m for m in report.metrics if m.key == "parameters").higher_is_better


def test_two_classes_feed_the_binary_metrics(tmp_path):
    job = Arrays(tmp_path, np.array([0, 1, 0, 1]), [1, 1, 1, 1], 2)
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    assert values_of(job.score(scores, metrics=("roc_auc", "accuracy"))) == {"roc_auc": 1.0, "accuracy": 0.75}


@pytest.mark.parametrize(
    ("scores", "code"),
    [
        (SCORES[:3], "array-shape"),
        (SCORES[:, :2], "array-shape"),
        (SCORES.astype(complex), "array-dtype"),
        (SCORES.astype("U3"), "array-dtype"),
        (np.where(SCORES == 9, np.nan, SCORES), "value-nan"),
        (np.where(SCORES == 9, np.inf, SCORES), "value-infinite"),
        (b"", "npy-unreadable"),
        (b"\x93NUMPY\x01\x00v\x00{'descr': '|O'", "npy-unreadable"),
    ],
)
def test_arrays_that_are_refused(arrays, scores, code):
    report = arrays.score(scores)
    assert report.status is ReportStatus.REFUSED
    assert report.messages[0].code == code
    assert "{" not in render(code, report.messages[0].params)


@pytest.mark.parametrize(
    "stats",
    [
        "",
        "[]",
        "{",
        '{"parameters": -1}',
        '{"parameters": "10"}',
        '{"latency_ms_p50": NaN}',
        '{"size_bytes": 1e30}',
    ],
)
def test_hostile_measurements_are_refused(arrays, stats):
    assert said(arrays.score(SCORES, stats)) == [("stats-unreadable", {})]


def test_a_broken_array_reference_is_a_crash(tmp_path):
    job = Arrays(tmp_path, np.array([0, 5]), [0, 1], 3)
    with pytest.raises(ReferenceBroken):
        job.score(np.zeros((2, 3)))


def run_program(folder, *more):
    argv = [sys.executable, "-m", "scoring", "--input-dir", str(folder)]
    argv += ["--request", str(folder / "request.json"), "--report", str(folder / "report.json"), *more]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def request_file(folder, **changes):
    request = {
        "scorer": "table",
        "options": {"columns": [{"name": "p"}]},
        "metrics": [{"name": "roc_auc"}],
        "primary": "roc_auc",
        "submission": "a.csv",
        **changes,
    }
    (folder / "request.json").write_text(json.dumps(request))


def test_the_program_writes_a_report(tmp_path):
    Job(tmp_path).score("a.csv", csv_of())
    request_file(tmp_path)
    done = run_program(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    report = ScoringReport.model_validate_json((tmp_path / "report.json").read_bytes())
    assert report.status is ReportStatus.SCORED
    assert report.scorer_time_s > 0
    assert "NaN" not in (tmp_path / "report.json").read_text()


@pytest.mark.parametrize(
    "changes",
    [
        {"scorer": "nonsense"},
        {"primary": "accuracy"},
        {"options": {}},
        {"unknown": 1},
        {"reference": "nowhere"},
    ],
)
def test_the_program_leaves_no_report_when_it_crashes(tmp_path, changes):
    Job(tmp_path).score("a.csv", csv_of())
    request_file(tmp_path, **changes)
    assert run_program(tmp_path).returncode != 0
    assert not (tmp_path / "report.json").exists()


def test_what_the_judge_imports_is_light():
    script = (
        "import sys, scoring.contract, scoring.messages, scoring.leaderboard\n"
        "print([name for name in ('numpy', 'pyarrow', 'sklearn', 'torch', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_table_is_scored_without_torch(tmp_path):
    Job(tmp_path).score("a.csv", csv_of())
    request_file(tmp_path)
    argv = ["scoring", "--input-dir", str(tmp_path), "--request", str(tmp_path / "request.json")]
    argv += ["--report", str(tmp_path / "report.json")]
    script = (
        f"import runpy, sys\nsys.argv = {argv!r}\n"
        "runpy.run_module('scoring', run_name='__main__')\nprint('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("scorer", PRELOAD)
def test_every_preload_can_be_imported_and_starts_no_thread(scorer):
    """A fork keeps no thread; only Arrow's allocator has one, and it knows about forks."""
    script = (
        "import importlib\nfrom pathlib import Path\n"
        f"for name in {PRELOAD[scorer]!r}: importlib.import_module(name)\n"
        "print(*(task.joinpath('comm').read_text() for task in Path('/proc/self/task').iterdir()))"
    )
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    argv = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
    threads = done.stdout.split()
    assert set(threads[1:]) <= {"jemalloc_bg_thd"}  # the first is the main thread


def test_catalogue_templates_can_be_filled():
    import string

    for template in CATALOGUE.values():
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        assert template.format_map(dict.fromkeys(fields, "x"))
    assert render("no-such-code", {}) == "no-such-code"


def test_reports_cannot_hold_nan():
    with pytest.raises(ValidationError):
        scoring.contract.MetricValue(key="a", split="public", value=math.nan, higher_is_better=True)


class TestSeveralTargets:
    """`target_columns`: what is true of a row is several numbers."""

    COLUMNS = ({"name": "p"}, {"name": "q"})

    def job(self, folder, metrics, **columns):
        job = Job(folder, columns=list(self.COLUMNS), target_columns=["a", "b"])
        job.reference(id=range(4), split=["public", "public", "private", "private"], **columns)
        job.metrics = [{"name": name} for name in metrics]
        return job

    def test_columns_are_compared_in_order_whatever_the_order_of_rows(self, tmp_path):
        job = self.job(tmp_path, ["mcrmse"], a=[1.0, 2, 3, 4], b=[0.0, 0, 0, 0])
        report = job.score("s.csv", "q,id,p\n0,3,4\n0,2,3\n3,1,2\n3,0,1\n")
        assert {one.split: one.value for one in report.metrics} == {"public": 1.5, "private": 0.0}

    def test_labels_are_columns_of_scores(self, tmp_path):
        metrics = ["multilabel_f1_micro", "multilabel_roc_auc"]
        job = self.job(tmp_path, metrics, a=[0, 1, 0, 1], b=[1, 0, 1, 0])
        report = job.score("s.csv", "id,p,q\n0,.1,.9\n1,.8,.2\n2,.6,.4\n3,.4,.6\n")
        values = {(one.key, one.split): one.value for one in report.metrics}
        assert set(values.values()) == {0.0, 1.0}
        assert values["multilabel_roc_auc", "public"] == 1.0

    def test_times_and_events_take_one_risk(self, tmp_path):
        job = self.job(tmp_path, ["concordance_index"], a=[1.0, 2, 3, 4], b=[1, 0, 1, 1])
        job.options["columns"] = [{"name": "risk"}]
        report = job.score("s.csv", "id,risk\n0,9\n1,1\n2,1\n3,2\n")
        assert {one.split: one.value for one in report.metrics} == {"public": 1.0, "private": 0.0}

    def test_a_target_that_is_no_number_is_the_organizers_fault(self, tmp_path):
        job = self.job(tmp_path, ["mcrmse"], a=["x"] * 4, b=[0.0] * 4)
        with pytest.raises(ReferenceBroken, match="column a"):
            job.score("s.csv", "id,p,q\n0,1,1\n")


def test_text_is_a_table_of_one_column(tmp_path):
    job = Job(tmp_path)
    report = job.score("s.txt", "0.1\n0.9\n0.2\n0.8\n0.7\n0.3\n")
    assert {one.value for one in report.metrics if (one.key, one.split) == ("roc_auc", "private")} == {1.0}
    faults = job.score("s.txt", "0.1\n0.9\n\nnan\n0.7\n1.3\n")
    assert [(one.code, one.params["row"]) for one in faults.messages] == [
        ("value-empty", 3), ("value-nan", 4), ("value-too-large", 6),
    ]  # fmt: skip
    assert job.score("s.txt", "0.1\n").messages[0].params == {"found": 1, "expected": 6}
