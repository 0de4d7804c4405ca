"""ONNX whose external weights hide in an attribute of a node.

Tries: to get past a check that looks at the model's weights alone.
Covers: onnx-external
Road: model onnx
Must: PE
"""

from probe import field, onnx_model, onnx_node, onnx_tensor

tensor = onnx_tensor("v", [4, 3], field(13, field(1, "location") + field(2, b"/etc/passwd")) + field(14, 1))
attribute = field(5, field(1, "value") + field(5, tensor) + field(20, 4))
nodes = [onnx_node("Constant", [], ["w"], attribute), onnx_node("MatMul", ["x", "w"], ["y"])]
with open("artefact", "wb") as file:
    file.write(onnx_model(nodes))
