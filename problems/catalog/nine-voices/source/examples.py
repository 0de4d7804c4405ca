"""Trains the honest example models and writes the others: every way to hand in a bad one."""

import io
import json
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import safetensors.numpy
import skops.io
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression

DATE = (2020, 1, 1, 0, 0, 0)
SHAPE = ("n", 12, 29)
N_SPEAKERS = 9
# Half of the frames each; most utterances end in the second.
HALVES = np.array([[1.0, 0.0]] * 10 + [[0.0, 1.0]] * 19, dtype=np.float32) / 10


def onnx_model(nodes: list, weights: dict[str, np.ndarray]) -> bytes:
    """Return a model from x to y without names, documentation or anything else that takes room."""
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", SHAPE), ("y", ("n", N_SPEAKERS)))
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors)
    for node in graph.node:
        node.ClearField("name")
    model = ModelProto(ir_version=9, graph=graph, opset_import=[helper.make_opsetid("", 17)])
    return model.SerializeToString(deterministic=True)


def small(classifier: LogisticRegression) -> bytes:
    """Return a linear model of sums over the halves, its weights in one byte each.

    x (n, 12, 29) · halves (29, 2) → (n, 12, 2) → (n, 24) · weights (24, 9), which are int8.
    """
    scale = np.abs(classifier.coef_).max() / 127
    quantised = np.rint(classifier.coef_.T / scale).astype(np.int8)
    bias = (classifier.intercept_ / scale).astype(np.float16)
    nodes = [
        helper.make_node("Cast", ["h"], ["hf"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["x", "hf"], ["s"]),
        helper.make_node("Flatten", ["s"], ["f"]),
        helper.make_node("Cast", ["w"], ["wf"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["b"], ["bf"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["f", "wf", "bf"], ["y"]),
    ]
    return onnx_model(nodes, {"h": HALVES.astype(np.float16), "w": quantised, "b": bias})


def constant() -> bytes:
    """Return a model that hears the fifth speaker in everything."""
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("ReduceMin", ["f"], ["s"], axes=[1]),
        helper.make_node("Sub", ["s", "s"], ["z"]),
        helper.make_node("Add", ["z", "a"], ["y"]),
    ]
    return onnx_model(nodes, {"a": np.eye(N_SPEAKERS, dtype=np.float32)[4:5]})


def wrong_reshape() -> bytes:
    """Return a model that cuts a batch into pieces which do not come out even."""
    nodes = [
        helper.make_node("Reshape", ["x", "r"], ["s"]),
        helper.make_node("MatMul", ["s", "w"], ["y"]),
    ]
    return onnx_model(
        nodes,
        {"r": np.array([-1, 355], dtype=np.int64), "w": np.zeros((355, N_SPEAKERS), dtype=np.float32)},
    )


def endless() -> bytes:
    """Return a model that counts to 2**62 before it answers."""
    tensor = helper.make_tensor_value_info
    body = GraphProto(
        name="l",
        node=[
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Tanh", ["v"], ["u"]),
        ],
        input=[
            tensor("i", TensorProto.INT64, []), tensor("go", TensorProto.BOOL, []),
            tensor("v", TensorProto.FLOAT, ["n", N_SPEAKERS]),
        ],
        output=[tensor("on", TensorProto.BOOL, []), tensor("u", TensorProto.FLOAT, ["n", N_SPEAKERS])],
    )  # fmt: skip
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["s"]),
        helper.make_node("Loop", ["m", "", "s"], ["y"], body=body),
    ]
    weights = {"w": np.zeros((348, N_SPEAKERS), dtype=np.float32), "m": np.array(1 << 62, dtype=np.int64)}
    return onnx_model(nodes, weights)


def outside_weights() -> bytes:
    """Return a model whose weights are said to lie in the reference folder."""
    weights = numpy_helper.from_array(np.zeros((348, N_SPEAKERS), dtype=np.float32), "w")
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../reference/reference.npz")
    model = ModelProto.FromString(
        onnx_model(
            [helper.make_node("Flatten", ["x"], ["f"]), helper.make_node("MatMul", ["f", "w"], ["y"])], {}
        )
    )
    model.graph.initializer.append(weights)
    return model.SerializeToString(deterministic=True)


def renumbered(archive: bytes) -> bytes:
    """Pack a skops archive with numbers of its own: those of skops are where objects lay in memory."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        schema = opened.read("schema.json").decode()
        members = {name: opened.read(name) for name in opened.namelist() if name != "schema.json"}
    places: dict[str, str] = {}

    def place(match: re.Match[str]) -> str:
        return match[1] + places.setdefault(match[2], str(len(places) + 1))

    schema = re.sub(r'("__id__": |"file": ")(\d+)', place, schema)
    named = {f"{places[name.partition('.')[0]]}.npy": content for name, content in members.items()}
    return packed({"schema.json": json.dumps(json.loads(schema)).encode(), **dict(sorted(named.items()))})


def sorted_header(content: bytes) -> bytes:
    """Rewrite a safetensors header with its keys in order: the library writes metadata in a random one."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]


def packed(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), content)
    return sink.getvalue()


def calls_the_system() -> bytes:
    """Return a skops archive that would look for the labels when it is loaded; nothing here runs it."""
    system = {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"}
    kinds = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": [system]}
    text = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '"x"'}
    # The keys of a dictionary are made by calling their types.
    schema = {
        "__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "key_types": kinds,
        "content": {"find / -name 'reference*' -exec cat {} + > /job/out/predictions.npy": text},
        "protocol": 2, "_skops_version": "0.16.0",
    }  # fmt: skip
    return packed({"schema.json": json.dumps(schema).encode()})


def write_examples(utterances: np.ndarray, speakers: np.ndarray, out: Path) -> None:
    flat = utterances.reshape(len(utterances), -1)
    whole = LogisticRegression(C=10, max_iter=2000).fit(flat, speakers)
    halves = LogisticRegression(C=100, max_iter=2000).fit(
        (utterances @ HALVES).reshape(len(flat), -1), speakers
    )
    weights = {"1.weight": whole.coef_, "1.bias": whole.intercept_}
    declared = {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in weights.items()}
    header = {"builder": "mlp", "config": '{"hidden": []}'}
    files = {
        "good/model.onnx": small(halves),
        "good-skops/model.skops": renumbered(skops.io.dumps(whole)),
        "baseline/model.safetensors": sorted_header(safetensors.numpy.save(declared, metadata=header)),
        "constant/model.onnx": constant(),
        "joblib/model.skops": pickle.dumps(whole, protocol=4),
        "wrong-reshape/model.onnx": wrong_reshape(),
        "endless/model.onnx": endless(),
        "calls-the-system/model.skops": calls_the_system(),
        "outside-weights/model.onnx": outside_weights(),
    }
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
