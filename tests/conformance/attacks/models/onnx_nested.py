"""ONNX of graphs in graphs in graphs.

Tries: to run a reader out of stack.
Covers: nested-data
Road: model onnx
Must: PE or RTE
"""

from probe import field, onnx_model, onnx_node

graph = field(2, "g")
for _ in range(5_000):
    attribute = field(5, field(1, "body") + field(6, graph) + field(20, 5))
    graph = field(1, onnx_node("Loop", [], ["y"], attribute)) + field(2, "g")
with open("artefact", "wb") as file:
    file.write(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)) + onnx_model([])[:0])
