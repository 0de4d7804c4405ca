"""A real torch.export archive in which every tensor file was replaced by a pickle that runs code.

Tries: to pass every look at the outside and strike when the weights are read.
Covers: pickle
Road: model torch-export
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=40 memory_mib=1000
Never: pickle-ran
Must: PE
"""

import io
import pickle
import zipfile

import torch
from probe import Payload

net = torch.nn.Linear(4, 3)
torch.export.save(torch.export.export(net, (torch.ones(2, 4),)), "/tmp/real.pt2")
inner = io.BytesIO()
with zipfile.ZipFile(inner, "w") as archive:
    archive.writestr("archive/data.pkl", pickle.dumps(Payload(), protocol=2))
    archive.writestr("archive/version", "3\n")
n = 0
with zipfile.ZipFile("/tmp/real.pt2") as real, zipfile.ZipFile("artefact", "w") as archive:
    for entry in real.infolist():
        body = real.read(entry)
        if entry.filename.endswith((".pt", ".pkl")) or body.startswith((b"PK", b"\x80")):
            body, n = inner.getvalue(), n + 1
        archive.writestr(entry.filename, body)
assert n > 0, "no tensor file was found"
