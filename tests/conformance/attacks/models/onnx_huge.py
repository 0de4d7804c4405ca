"""ONNX that makes an enormous tensor from nothing.

Tries: to take all memory with a model of a hundred bytes.
Covers: memory-heap headers
Road: model onnx
Must: MLE or RTE or PE
"""

import struct

from probe import field, onnx_model, onnx_node, onnx_tensor

shape = onnx_tensor("s", [2], field(9, struct.pack("<2q", 1 << 20, 1 << 20)), kind=7)
nodes = [onnx_node("ConstantOfShape", ["s"], ["big"]), onnx_node("MatMul", ["x", "big"], ["y"])]
with open("artefact", "wb") as file:
    file.write(onnx_model(nodes, [shape]))
