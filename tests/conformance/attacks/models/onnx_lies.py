"""ONNX whose weights claim to be far larger than they are.

Tries: to have the runtime read beyond the end of what it was given, or reserve a terabyte.
Covers: headers search-memory
Road: model onnx
Must: PE or RTE
"""

from probe import field, onnx_model, onnx_node, onnx_tensor

tensors = [
    onnx_tensor("w", [4, 1 << 38], field(9, b"\0" * 48)),
    onnx_tensor("v", [(1 << 63) - 1, 4], field(9, b"x")),
]
with open("artefact", "wb") as file:
    file.write(onnx_model([onnx_node("MatMul", ["x", "w"], ["y"])], tensors))
