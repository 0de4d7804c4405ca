"""Kinds of problems and scorers, judged for real in sandboxes: and whose fault is whose.

The catalogue's problems prove that each kind works; here is what they do not show: custom scorers and
checkers, interactors, and their faults. On the local provider, in Python, so that it is quick.
"""

import io
import json
import zipfile

import numpy as np
import pytest
import skops.io

from judge.worker.bench import DirectSource
from judge.worker.proving import check_example
from problems.loader import load
from sandboxes.local import Local

pytestmark = pytest.mark.slow

BOTH = {"en": "x", "zh": "十"}
BASE = {
    "format": 1, "version": "1.0.0", "names": BOTH, "summary": BOTH, "licence": "CC0-1.0", "authors": ["us"],
    "data": {"licence": "CC0-1.0", "source": BOTH}, "image": "python-ml",
    "limits": {"execute": {"wall_time_s": 8, "cpu_time_s": 4, "memory_mib": 512}},
}  # fmt: skip
ECHO = "print(sum(map(int, input().split())))\n"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    made = Local(owner="kinds", run_dir=tmp_path_factory.mktemp("run"))
    yield made
    made.close()


@pytest.fixture
def judged(provider, tmp_path):
    """Judge one submission by a package made of a manifest and files; returns the result."""

    def judge(manifest, files, filename, body, *, on_output=None, **example):
        rule = {"role": "good", "file": filename, "verdict": "AC", "score": [-1e9, 1e9], **example}
        folder = tmp_path / "made"
        spec = {**BASE, "slug": "made", **manifest, "examples": {"one": rule}}
        for name, content in {
            **files, "problem.yaml": json.dumps(spec), f"submissions/one/{filename}": body
        }.items():  # fmt: skip
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        package = load(folder)
        return check_example(package, package.examples[0], DirectSource(provider), on_output).result

    return judge


def zipped(files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


NER = {
    "kind": "predictions",
    "submission": {"formats": ["jsonl"], "max_mib": 1},
    "scoring": {
        "scorer": "records",
        "options": {"kind": "spans", "labels": ["PER", "LOC"]},
        "metrics": [
            {"name": "entity_f1"},
            {"name": "entity_f1", "label": "partly", "params": {"match": "partial"}},
        ],
        "primary": "entity_f1",
    },
}
PER, LOC = ({"start": at, "end": at + 2, "label": label} for at, label in ((0, "PER"), (5, "LOC")))


def records(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


ENTITIES = {
    "hidden/reference/reference.jsonl": records(
        {"id": "甲", "answer": [PER, LOC], "split": "public"},
        {"id": "乙", "answer": [PER], "split": "private"},
    )
}


def test_entities_of_records(judged):
    said = records({"id": "乙", "answer": [PER]}, {"id": "甲", "answer": [PER, {**LOC, "end": 6}]})
    result = judged(NER, ENTITIES, "a.jsonl", said)
    assert (result.verdict, result.score, result.score_private) == ("AC", 0.5, 1.0), result.admin_detail
    assert [metric.value for metric in result.metrics if metric.key == "partly"] == [0.75, 1.0]


def test_a_label_nobody_asked_for_is_told_with_its_place(judged):
    said = records({"id": "甲", "answer": []}, {"id": "乙", "answer": [PER, {**LOC, "label": "ORG"}]})
    result = judged(NER, ENTITIES, "a.jsonl", said)
    assert (result.verdict, result.score) == ("PE", None)
    assert result.messages[0].code == "item-label"
    assert result.messages[0].params == {
        "row": 2,
        "id": "乙",
        "item": 2,
        "found": "ORG",
        "expected": "PER, LOC",
    }


def test_a_pipeline_of_scikit_learn_cannot_quote_what_it_saw(judged):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    manifest = {
        "kind": "model",
        "submission": {"formats": ["skops"], "max_mib": 1},
        "limits": {"execute": {"wall_time_s": 20, "cpu_time_s": 20, "memory_mib": 1024}},
        "scoring": {
            "scorer": "arrays",
            "options": {"n_classes": 2},
            "metrics": [{"name": "accuracy"}],
            "primary": "accuracy",
        },
    }
    inputs = np.array([[3.0], [4.0]], dtype=np.float32)
    files = {"hidden/inputs/inputs.npy": io.BytesIO(), "hidden/reference/reference.npz": io.BytesIO()}
    np.save(files["hidden/inputs/inputs.npy"], inputs)
    np.savez(files["hidden/reference/reference.npz"], y_true=np.array([0, 1]), split=np.array([0, 1]))
    files = {name: sink.getvalue() for name, sink in files.items()}
    strict = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(inputs + 5, [0, 1])
    failed = judged(manifest, files, "m.skops", skops.io.dumps(strict))
    assert [message.code for message in failed.messages] == ["model-failed-quietly"], failed.admin_detail


CUSTOM = {
    "kind": "predictions",
    "submission": {"formats": ["csv"], "max_mib": 1},
    "scoring": {
        "scorer": "custom",
        "options": {"parameters": {"shift": 1}},
        "metrics": [{"name": "gap", "higher_is_better": False}, {"name": "n"}],
        "derived": [{"name": "each", "formula": "gap / n", "higher_is_better": False}],
        "require": [{"metric": "n", "minimum": 2}],
        "primary": "each",
    },
}
SCORER = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd
from scoring.custom import Refused, Result

def score(submission):
    found = submission.read_csv()
    if "y" not in found:
        raise Refused(en="There is no column y.", zh="没有列 y。")
    truth = pd.read_csv(submission.reference / "truth.csv")
    print("for the organizer")
    result = Result()
    for split in ("public", "private"):
        gap = abs(found.y.sum() - truth.y.sum()) + submission.parameters["shift"]
        result.metric("gap", float(gap), split=split)
        result.metric("n", len(found), split=split)
    result.case("first", en="First row", zh="第一行", score=1)
    result.table("rows", en="Rows", zh="行", columns=["row", "y"], rows=found.y.items())
    figure, axes = plt.subplots()
    axes.plot(found.y)
    result.plot("shape", figure, en="Shape", zh="形状")
    mark = b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script><rect width='1'/></svg>"
    result.plot("mark", mark, en="m", zh="m")
    %s
    return result
"""
TRUTH = {"hidden/reference/truth.csv": "y\n1\n2\n"}


def test_a_custom_scorer(judged):
    result = judged(CUSTOM, {**TRUTH, "scorer.py": SCORER % ""}, "a.csv", "y\n1\n4\n")
    assert (result.verdict, result.score, result.score_private) == ("AC", 1.5, 1.5), result.admin_detail
    assert {metric.key for metric in result.metrics} == {"gap", "n", "each"}
    assert result.tables[0].rows == ((0, 1), (1, 4))
    shape, mark = result.plots
    assert shape.content.startswith(b"\x89PNG")
    assert b"rect" in mark.content
    assert b"script" not in mark.content
    assert [case.name for case in result.cases] == ["first"]
    assert "for the organizer" in result.admin_detail
    assert result.stdout == ""


def test_a_requirement_that_is_missed_ranks_nowhere(judged):
    result = judged(CUSTOM, {**TRUTH, "scorer.py": SCORER % ""}, "a.csv", "y\n1\n")
    assert (result.verdict, result.score, result.score_private) == ("WA", None, None)
    assert result.messages[0].code == "requirement-minimum"


def test_a_custom_scorer_refuses_in_its_own_words(judged):
    result = judged(CUSTOM, {**TRUTH, "scorer.py": SCORER % ""}, "a.csv", "z\n1\n")
    assert result.verdict == "PE"
    assert result.messages[0].params == {"en": "There is no column y.", "zh": "没有列 y。"}


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("result.metric('gap', float('nan'))", "finite"),
        ("result.metric('other', 1.0)", "problem.yaml names"),
        ("return 7", "not scoring.custom.Result"),
        ("result.plot('x', b'GIF89a', en='x', zh='x')", "no SVG"),
        ("raise SystemExit(0)", "output_missing"),
    ],
)
def test_a_fault_of_the_scorer_is_the_organizers(judged, fault, word):
    result = judged(CUSTOM, {**TRUTH, "scorer.py": SCORER % fault}, "a.csv", "y\n1\n2\n")
    assert result.verdict == "JE"
    assert word in result.admin_detail
    assert [message.code for message in result.messages] == ["judge-fault"]
    assert result.stderr == ""


def cases(checker, **more):
    return {
        "kind": "program",
        "submission": {"formats": ["py", "c"], "max_mib": 1},
        "program": {"cases": {"checker": checker, **more}},
        "scoring": {
            "scorer": "cases",
            "options": {"partial": True},
            "metrics": [{"name": "cases_mean"}],
            "primary": "cases_mean",
        },
    }


DATA = {f"hidden/inputs/{n}.in": f"{n} {n}\n" for n in (1, 2, 10)} | {
    f"hidden/reference/{n}.ans": f"{2 * n}\n" for n in (1, 2, 10)
}
ICPC = "import sys\ngiven, answer, folder = sys.argv[1:4]\nfound = sys.stdin.read().split()\n"
TESTLIB = "import sys\ngiven, output, answer = sys.argv[1:4]\nfound = open(output).read().split()\n"
RIGHT = "right = open(answer).read().split()\n"


@pytest.mark.parametrize(
    ("protocol", "source", "verdict", "score"),
    [
        ("icpc", f"{ICPC}{RIGHT}sys.exit(42 if found == right else 43)", "AC", 1.0),
        ("icpc", f"{ICPC}open(folder + 'score.txt', 'w').write('0.25')\nsys.exit(42)", "WA", 0.25),
        ("icpc", f"{ICPC}sys.exit(43)", "WA", 0.0),
        ("icpc", f"{ICPC}sys.exit(0)", "JE", None),
        ("icpc", f"{ICPC}open(folder + 'score.txt', 'w').write('7')\nsys.exit(42)", "JE", None),
        ("testlib", f"{TESTLIB}{RIGHT}sys.exit(found != right)", "AC", 1.0),
        ("testlib", f"{TESTLIB}sys.stderr.write('points 0.5 half')\nsys.exit(7)", "WA", 0.5),
        ("testlib", f"{TESTLIB}sys.exit(3)", "JE", None),
        ("testlib", "this is no Python", "JE", None),
    ],
)
def test_an_organizers_checker(judged, protocol, source, verdict, score):
    checker = {"kind": "program", "source": "check/main.py", "protocol": protocol}
    result = judged(cases(checker), {**DATA, "hidden/reference/check/main.py": source}, "a.py", ECHO)
    assert (result.verdict, result.score) == (verdict, score), result.admin_detail


def test_cases_run_in_natural_order_and_each_has_its_verdict(judged):
    program = "n = int(input().split()[0])\nprint(2 * n if n != 2 else 5)\nif n == 10: 1 / 0\n"
    result = judged(cases({"kind": "tokens"}, sample=["2"]), DATA, "a.py", program)
    assert [(case.name, case.verdict, case.split) for case in result.cases] == [
        ("1", "AC", "public"), ("2", "WA", "sample"), ("10", "RTE", "public")
    ]  # fmt: skip
    assert result.score == 0.5
    assert result.cases[1].message.code == "case-wrong-word"
    assert result.cases[2].message.params == {}, "an exit code may carry hidden data"


def test_nothing_is_run_after_the_first_failure_if_so_asked(judged):
    result = judged(cases({"kind": "tokens"}, stop="first-failure"), DATA, "a.py", "1 / 0\n")
    assert [case.message.code for case in result.cases] == ["program-failed", "case-not-run", "case-not-run"]


INTERACTOR = """
import sys
given, answer, folder = sys.argv[1:4]
secret = int(open(given).read().split()[0])
print("guess", flush=True)
said = sys.stdin.readline().strip()
if said == "crash the judge": raise ValueError
sys.exit(42 if said == str(secret) else 43)
"""


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ("input(); print(1)", "AC"),
        ("input(); print(2)", "WA"),
        ("import os; input(); os.write(1, b'2\\n'); os.read(0, 1); os._exit(1)", "WA"),
        ("raise SystemExit(3)", "RTE"),
        ("input(); print(1, flush=True); raise SystemExit(3)", "RTE"),
        ("import time; input(); time.sleep(60)", "TLE"),
        ("input(); print('crash the judge')", "JE"),
    ],
)
def test_an_interactor(judged, program, verdict):
    manifest = {
        "kind": "interactive",
        "submission": {"formats": ["py"], "max_mib": 1},
        "interactive": {"interactor": "talk.py", "turn_s": 1.5, "start_s": 3},
        "scoring": {"scorer": "cases", "metrics": [{"name": "cases_passed"}], "primary": "cases_passed"},
    }
    files = {
        "hidden/inputs/1.in": "1\n",
        "hidden/reference/1.ans": "1\n",
        "hidden/reference/talk.py": INTERACTOR,
    }
    assert judged(manifest, files, "a.py", program).verdict == verdict


def environment(body):
    return {
        "hidden/reference/environment.py": "from scoring.interaction import episode\n"
        "@episode('a', lowest=-1, en='a', zh='a')\ndef a(agent, rng):\n" + body
    }


@pytest.mark.parametrize(
    ("body", "program", "verdict", "score"),
    [
        (
            "    return agent.ask({'n': 2})['n']\n",
            "import json; print(json.dumps(json.loads(input())))",
            "AC",
            2.0,
        ),
        ("    return agent.number(agent.ask(1), lowest=0, highest=1)\n", "input(); print(7)", "PE", -1.0),
        ("    return agent.number(agent.ask(1), lowest=0, highest=1)\n", "input(); print('NaN')", "PE", -1.0),
        ("    return agent.ask(1)\n", "input(); print('[' * 100_000)", "PE", -1.0),
        ("    return 1 / 0\n", "input()", "JE", None),
        ("    return -5\n", "input()", "JE", None),
    ],
)
def test_an_environment(judged, body, program, verdict, score):
    manifest = {
        "kind": "interactive",
        "submission": {"formats": ["py"], "max_mib": 1},
        "interactive": {"turn_s": 2},
        "scoring": {
            "scorer": "interactive",
            "metrics": [{"name": "episodes_mean"}],
            "primary": "episodes_mean",
        },
    }
    result = judged(manifest, environment(body), "a.py", program)
    assert (result.verdict, result.score) == (verdict, score), result.admin_detail


STEPS = {
    "kind": "program",
    "submission": {"formats": ["zip"], "max_mib": 1},
    "program": {
        "steps": [
            {"name": "train", "inputs": ["train"], "outputs": ["model.txt"], "limits": {"wall_time_s": 4}},
            {"name": "predict", "inputs": ["test.csv"], "outputs": ["out.csv"]},
        ],
        "result": "out.csv",
    },
    "scoring": {**CUSTOM["scoring"], "metrics": CUSTOM["scoring"]["metrics"]},
}
LOOK = """
import os
print(os.environ["JUDGE_STEP"])
seen = sorted(name for _, _, names in os.walk("/job/in") for name in names)
if os.environ["JUDGE_STEP"] == "train":
    open("/job/out/model.txt", "w").write(",".join(seen))
else:
    before = open("/job/in/model.txt").read()
    assert before == "rows.csv,submission.zip", before
    assert seen == ["model.txt", "submission.zip", "test.csv"], seen
    open("/job/out/out.csv", "w").write("y\\n1\\n2\\n")
"""


def test_each_step_sees_its_own_inputs_alone(judged):
    files = {
        **TRUTH,
        "scorer.py": SCORER % "",
        "hidden/inputs/train/rows.csv": "a\n",
        "hidden/inputs/test.csv": "b\n",
    }
    said = []
    result = judged(STEPS, files, "a.zip", zipped({"top/main.py": LOOK}), on_output=said.append)
    assert (result.verdict, result.score) == ("AC", 0.5), result.admin_detail
    assert b"".join(said) == b"train\npredict\n", "whoever watches sees what both steps print"
    assert {"train", "predict", "score"} <= set(result.usage)


@pytest.mark.parametrize(
    ("members", "verdict", "codes"),
    [
        ({"main.py": "while True: pass"}, "TLE", ["in-step", "time-limit"]),
        ({"main.py": "import os; os._exit(0)"}, "RTE", ["in-step", "output-missing"]),
        ({"../main.py": "print(1)"}, "PE", ["in-step", "archive-member"]),
    ],
)
def test_a_step_that_fails_is_named(judged, members, verdict, codes):
    files = {
        **TRUTH,
        "scorer.py": SCORER % "",
        "hidden/inputs/train/rows.csv": "a\n",
        "hidden/inputs/test.csv": "b\n",
    }
    result = judged(STEPS, files, "a.zip", zipped(members))
    if verdict == "PE" and result.messages[0].code != "in-step":
        assert result.messages[0].code == "archive-name"  # turned away at the door, with the same words
        return
    assert (result.verdict, [message.code for message in result.messages]) == (verdict, codes)
