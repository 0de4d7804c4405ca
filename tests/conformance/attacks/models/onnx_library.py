"""ONNX that asks for operators of its own.

Tries: to have the runtime look for and load a library.
Covers: onnx-external
Road: model onnx
Must: PE
"""

from probe import onnx_model, onnx_node

with open("artefact", "wb") as file:
    file.write(onnx_model([onnx_node("System", ["x"], ["y"], domain="/job/in/evil.so")]))
