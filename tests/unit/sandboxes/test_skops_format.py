"""Models of scikit-learn in skops archives: what is made, what is refused, what is counted."""

import io
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from sandboxes.inside.model_formats import load
from sandboxes.inside.model_runner import ModelFault, judge_model

SHAPE, N_CLASSES = (1, 2, 3), 3
RNG = np.random.default_rng(0)
Y = np.arange(60) % N_CLASSES
X = (RNG.normal(size=(60, 6)) + 3 * Y[:, None]).astype(np.float32)
SAMPLES = X.reshape(-1, *SHAPE)


def own_step(rows):
    """A function of a contestant's own."""
    return rows


def saved(folder: Path, estimator: object) -> Path:
    skops.io.dump(estimator, folder / "model.skops")
    return folder / "model.skops"


def fault_of(path: Path) -> ModelFault:
    with pytest.raises(ModelFault) as caught:
        load(path, "skops", SHAPE, N_CLASSES)
    return caught.value


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(3, random_state=0),
        HistGradientBoostingClassifier(max_iter=2),
        CalibratedClassifierCV(GaussianNB(), cv=2),
        LinearSVC(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_classifiers_of_scikit_learn_answer_as_they_do_at_home(tmp_path: Path, estimator) -> None:
    path = saved(tmp_path, estimator.fit(X, Y))
    predictions, stats = judge_model(path, SAMPLES, "skops", N_CLASSES)
    assert predictions.shape == (60, N_CLASSES)
    np.testing.assert_array_equal(predictions.argmax(1), estimator.predict(X))
    assert stats["size_bytes"] == path.stat().st_size
    assert 0 < stats["latency_ms_p50"] <= stats["latency_ms_p95"]


def test_parameters_are_the_numbers_in_arrays_and_lists(tmp_path: Path) -> None:
    linear = LogisticRegression().fit(X, Y)
    wanted = sum(np.size(getattr(linear, name)) for name in ("coef_", "intercept_", "classes_", "n_iter_"))
    assert load(saved(tmp_path, linear), "skops", SHAPE, N_CLASSES).n_parameters == wanted
    linear.coef_, n_before = linear.coef_.astype(object), wanted  # as Python objects they are no fewer
    assert load(saved(tmp_path, linear), "skops", SHAPE, N_CLASSES).n_parameters == n_before
    forest = RandomForestClassifier(2, random_state=0).fit(X, Y)
    fields = sum(tree.tree_.node_count * 8 + tree.tree_.value.size for tree in forest.estimators_)
    assert load(saved(tmp_path, forest), "skops", SHAPE, N_CLASSES).n_parameters > fields


@pytest.mark.parametrize("classifier", [LogisticRegression(), LinearSVC()])
def test_a_class_that_was_never_seen_is_never_the_answer(tmp_path: Path, classifier) -> None:
    two = np.isin(Y, [0, 2])
    answers = load(saved(tmp_path, classifier.fit(X[two], Y[two])), "skops", SHAPE, N_CLASSES).infer(SAMPLES)
    assert answers.shape == (60, N_CLASSES)
    np.testing.assert_array_equal(answers.argmax(1), classifier.predict(X))


@pytest.mark.parametrize(
    ("estimator", "code", "word"),
    [
        (StandardScaler().fit(X), "no-classifier", "StandardScaler"),
        (LinearRegression().fit(X, Y), "no-classifier", "LinearRegression"),
        (LogisticRegression().fit(X, Y + 1), "classes-mismatch", "1, 2, 3"),
        (LogisticRegression().fit(X, Y.astype(str)), "classes-mismatch", "0, 1, 2"),
        (LogisticRegression().fit(X[:, :4], Y), "input-shape", "(n, 4)"),
        (make_pipeline(FunctionTransformer(own_step), LogisticRegression()).fit(X, Y),
         "untrusted-types", "own_step"),
        ({"weights": [1, 2]}, "no-classifier", "dict"),
    ],
)  # fmt: skip
def test_what_is_no_such_classifier_is_told(tmp_path: Path, estimator, code: str, word: str) -> None:
    fault = fault_of(saved(tmp_path, estimator))
    assert (fault.code, word in fault.params["found"]) == (code, True), fault.params


def node(loader: str, name: str, **more: object) -> dict:
    module, _, called = name.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": called, **more}


def forged(folder: Path, schema: object, *, protocol: int = 2, **members: bytes) -> Path:
    with zipfile.ZipFile(folder / "model.skops", "w") as archive:
        text = schema if isinstance(schema, str) else json.dumps({**schema, "protocol": protocol})
        archive.writestr("schema.json", text)
        for name, content in members.items():
            archive.writestr(name, content)
    return folder / "model.skops"


def pickled_array() -> bytes:
    sink = io.BytesIO()
    np.save(sink, np.array([{}], dtype=object), allow_pickle=True)
    return sink.getvalue()


def test_what_would_run_code_is_refused_before_it_is_made(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    command = node("JsonNode", "builtins.str", content=json.dumps(f"touch {mark}"))
    arguments = node("TupleNode", "builtins.tuple", content=[command])
    system = node("FunctionNode", "posix.system")
    text = node("JsonNode", "builtins.str", content='"x"')
    for protocol in (0, 2):
        for schema, named in [
            (node("ConstructorFromReduceNode", "subprocess.Popen", content=arguments), "subprocess.Popen"),
            (node("ObjectNode", "os._wrap_close", content=None), "os._wrap_close"),
            (node("PartialNode", "functools.partial", content={
                "func": {**system, "content": {"module_path": "posix", "function": "system"}},
                "args": arguments, "kwds": text, "namespace": text}), "posix.system"),
            (node("OperatorFuncNode", "operator.methodcaller", attrs=arguments), "operator.methodcaller"),
            (node("MethodNode", "builtins.str", content={"func": "format", "obj": text}), "str.format"),
        ]:  # fmt: skip
            fault = fault_of(forged(tmp_path, schema, protocol=protocol))
            assert (fault.code, named in fault.params["found"]) == ("untrusted-types", True), fault.params
    assert not mark.exists()


@pytest.mark.parametrize(
    "schema",
    [
        node("NdArrayNode", "numpy.ndarray", type="numpy", file="a"),  # a pickle inside
        node("NdArrayNode", "numpy.ndarray", type="numpy", file="../b"),
        node("SurpriseNode", "numpy.ndarray"),
        "[" * 100_000,
        "not JSON",
        "7",
    ],
)
def test_a_broken_archive_is_the_contestants_fault(tmp_path: Path, schema) -> None:
    assert fault_of(forged(tmp_path, schema, a=pickled_array())).code == "model-unreadable"


def test_a_later_protocol_and_another_format_are_refused(tmp_path: Path) -> None:
    assert fault_of(forged(tmp_path, node("JsonNode", "builtins.str", content="1"), protocol=99)).code == (
        "model-unreadable"
    )
    (tmp_path / "model.skops").write_bytes(b"\x80\x04\x95")
    assert fault_of(tmp_path / "model.skops").code == "pickle-refused"
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("a.txt", "x")
    assert fault_of(tmp_path / "model.skops").params["found_kind"] == "zip"


def test_a_network_keeps_its_optimiser(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # three turns do not converge
        network = MLPClassifier((4,), max_iter=3, random_state=0).fit(X, Y)
    answers = load(saved(tmp_path, network), "skops", SHAPE, N_CLASSES).infer(SAMPLES)
    np.testing.assert_allclose(answers, network.predict_proba(X), rtol=1e-5)
