"""Safetensors whose tensors lie outside the file or over one another.

Tries: to have memory beyond the file read as weights.
Covers: headers search-memory
Road: model safetensors
Must: PE
"""

import json

tensors = {
    "a": {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 1 << 40]},
    "b": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 48]},
    "__metadata__": {"builder": "mlp", "config": '{"hidden": [1000000000, 1000000000]}'},
}
header = json.dumps(tensors).encode()
with open("artefact", "wb") as file:
    file.write(len(header).to_bytes(8, "little") + header + bytes(48))
