"""Loads a scikit-learn classifier that skops saved. Runs in the untrusted sandbox.

A skops archive names the types that are made when it is loaded. Types on the list alone are made: what
skops trusts by itself (scikit-learn's estimators, NumPy's types, ufuncs) and the parts of fitted estimators
below. Anything else, such as a function of another module, a bound method or a class of the contestant's
own, is refused before anything is made.

Trees are on the list though scikit-learn follows their stored indices without a check of bounds: a forged
one crashes, loops, or computes with other memory of its process, which holds the hidden inputs alone. That
is contained as TorchScript is; without trees the format would be of little use.
"""

import io
import json
import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if __package__:
    from .loaded_model import Infer, LoadedModel, ModelFault, describe_error
else:  # mounted file by file, not as a package
    from loaded_model import (  # type: ignore[no-redef,import-not-found]
        Infer,
        LoadedModel,
        ModelFault,
        describe_error,
    )

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

SCHEMA = "schema.json"
_KERNELS = (
    "CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared", "Exponentiation", "Matern",
    "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel",
)  # fmt: skip
# Beside what skops trusts by itself. None of them runs code or opens a file when it is made or asked.
ALLOWED = frozenset(
    {
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        *(f"sklearn.gaussian_process.kernels.{name}" for name in _KERNELS),
    }
)
_LISTS = frozenset({"ListNode", "TupleNode", "SetNode", "NdArrayNode"})


def load_skops(path: Path, input_shape: tuple[int, ...], n_classes: int) -> LoadedModel:
    """Load a fitted classifier.

    Args:
        path: the archive.
        input_shape: of one sample; the classifier is given it as one row.
        n_classes: width of the expected output; its classes are 0 to `n_classes` - 1, or some of them.

    Returns:
        The model; `predict_proba` answers, else `decision_function`, else `predict`.

    Raises:
        ModelFault: it cannot be loaded, holds a type that is not on the list, or is no such classifier.
    """
    try:
        return _load(path, input_shape, n_classes)
    except (ModelFault, MemoryError):
        raise
    except Exception as error:  # the loader follows what a contestant wrote, and raises anything
        raise ModelFault("model-unreadable", format="skops", detail=describe_error(error)) from None


def _load(path: Path, input_shape: tuple[int, ...], n_classes: int) -> LoadedModel:
    from skops import io as skops_io

    unknown = set(skops_io.get_untrusted_types(file=path))
    if unknown - ALLOWED:
        raise ModelFault("untrusted-types", found=", ".join(sorted(unknown - ALLOWED)))
    estimator = skops_io.load(path, trusted=sorted(unknown))
    return LoadedModel(_infer(estimator, input_shape, n_classes), count_numbers(path))


def _infer(estimator: Any, input_shape: tuple[int, ...], n_classes: int) -> Infer:  # noqa: ANN401 - of any class
    width = math.prod(input_shape)
    seen = getattr(estimator, "n_features_in_", width)
    if seen != width:
        raise ModelFault("input-shape", found=f"(n, {seen})", expected=f"(n, {width})")
    columns = _columns(estimator, n_classes)
    names = ("predict_proba", "decision_function", "predict")
    name = next((name for name in names if hasattr(estimator, name)), None)
    if name is None:
        raise ModelFault("no-classifier", found=type(estimator).__name__)
    answer: Callable[[Array], Any] = getattr(estimator, name)

    def infer(samples: "Array") -> object:
        answered = answer(samples.reshape(len(samples), -1))
        if name == "predict":
            return np.eye(n_classes, dtype=np.float32)[np.asarray(answered).astype(np.int64)]
        if name == "decision_function" and np.ndim(answered) == 1:  # of two classes, for the second
            answered = np.stack([-answered, answered], axis=1)
        return _spread(answered, columns, n_classes)

    return infer


def _columns(estimator: Any, n_classes: int) -> list[int]:  # noqa: ANN401 - of any class
    """Return the class that each of its outputs is about."""
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise ModelFault("no-classifier", found=type(estimator).__name__)
    are_numbers = isinstance(classes, np.ndarray) and classes.dtype.kind in "iufb"
    if not are_numbers or not set(classes) <= set(range(n_classes)):
        shown = ", ".join(map(str, np.ravel(np.asarray(classes))[:20]))
        raise ModelFault("classes-mismatch", found=shown, maximum=n_classes - 1)
    return [int(label) for label in classes]


def _spread(scores: Any, columns: list[int], n_classes: int) -> object:  # noqa: ANN401 - what it answered
    """Give each score the place of its class; a class that it does not know gets less than any other."""
    is_table = isinstance(scores, np.ndarray) and scores.ndim == 2 and scores.dtype.kind == "f"
    if not is_table or scores.shape[1] != len(columns) or columns == list(range(n_classes)):
        return scores
    lowest = scores.min()  # of probabilities it is no less than 0
    placed = np.full((len(scores), n_classes), 0 if lowest >= 0 else lowest - 1, dtype=scores.dtype)
    placed[:, columns] = scores
    return placed


def count_numbers(path: Path) -> int:
    """Count what an archive stores as parameters of its model.

    They are the numbers in its arrays, dense and sparse, and in its lists: coefficients, support vectors,
    neighbours' samples, the fields of a tree's nodes. Single numbers, which hyperparameters are, are not.

    Args:
        path: the archive.

    Returns:
        The number of numbers.
    """
    with zipfile.ZipFile(path) as archive:
        arrays = sum(_stored(archive.read(name)) for name in archive.namelist() if name != SCHEMA)
        return arrays + sum(1 for _ in _listed(json.loads(archive.read(SCHEMA))))


def _stored(content: bytes) -> int:
    """Count the numbers of an `.npy`, those of an `.npz`, or a quarter of the bytes of anything else."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(_stored(archive.read(name)) for name in archive.namelist())
    if not content.startswith(b"\x93NUMPY"):
        return len(content) // 4
    array = np.load(io.BytesIO(content), allow_pickle=False)
    return int(array.size) * max(1, len(array.dtype.names or ()))


def _listed(node: object, *, in_list: bool = False) -> Iterator[float]:
    """Yield the numbers that stand in lists of a schema."""
    if isinstance(node, dict):
        loader = node.get("__loader__")
        if loader == "JsonNode":
            value = json.loads(node["content"])
            if in_list and isinstance(value, (int, float)) and not isinstance(value, bool):
                yield value
            return
        for key, value in node.items():
            if key not in {"key_types", "shape"}:
                yield from _listed(value, in_list=loader in _LISTS)
    elif isinstance(node, list):
        for value in node:
            yield from _listed(value, in_list=in_list)
