"""Train a linear model and save it as safetensors, skops or ONNX: three sizes of the same answers.

python train.py --format skops      # or safetensors, onnx
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--format", choices=["safetensors", "skops", "onnx"], default="safetensors")
parser.add_argument("--out", type=Path, default=Path())
parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "train.npz")
args = parser.parse_args()

with np.load(args.data) as data:
    utterances, speakers = data["utterances"], data["speakers"]  # (270, 12, 29) and (270,)
flat = utterances.reshape(len(utterances), -1)
is_held_out = np.arange(len(flat)) % 3 == 0
model = LogisticRegression(C=10, max_iter=2000).fit(flat[~is_held_out], speakers[~is_held_out])
accuracy = model.score(flat[is_held_out], speakers[is_held_out])
print(f"accuracy on {is_held_out.sum()} held-out utterances {accuracy:.3f}")
model.fit(flat, speakers)
weights, bias = (np.ascontiguousarray(part, dtype=np.float32) for part in (model.coef_, model.intercept_))

if args.format == "safetensors":
    from safetensors.numpy import save_file

    path = args.out / "model.safetensors"
    header = {"builder": "mlp", "config": '{"hidden": []}'}
    save_file({"1.weight": weights, "1.bias": bias}, path, metadata=header)
elif args.format == "skops":
    from zipfile import ZIP_DEFLATED

    import skops.io

    path = args.out / "model.skops"
    skops.io.dump(model, path, compression=ZIP_DEFLATED)
else:
    from onnx import TensorProto, helper, numpy_helper

    path = args.out / "model.onnx"
    shapes = {"x": ["n", 12, 29], "y": ["n", 9]}
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "b"], ["y"], transB=1),
    ]
    tensors = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")]
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString())
print(f"wrote {path.name}, {path.stat().st_size} bytes; hand that file in, then make it smaller")
