"""A torch.export archive whose weights are a pickle that runs code.

Tries: to have a part of an accepted format loaded by a loader that is not careful.
Covers: pickle
Road: model torch-export
Limits: wall_time_s=80 cpu_time_s=25
Never: pickle-ran
Must: PE
"""

import io
import pickle
import zipfile

from probe import Payload

inner = io.BytesIO()
with zipfile.ZipFile(inner, "w") as archive:
    archive.writestr("archive/data.pkl", pickle.dumps(Payload(), protocol=2))
    archive.writestr("archive/version", "3\n")
evil = inner.getvalue()
with zipfile.ZipFile("artefact", "w") as archive:
    for name in ("serialized_state_dict.pt", "serialized_constants.pt", "serialized_example_inputs.pt"):
        archive.writestr(name, evil)
    for name in ("data/weights/model.pt", "data/constants/model.pt", "data/sample_inputs/model.pt"):
        archive.writestr(f"m/{name}", evil)
    archive.writestr("serialized_exported_program.json", '{"schema_version": {"major": 8, "minor": 1}}')
    archive.writestr("m/models/model.json", '{"schema_version": {"major": 8, "minor": 1}}')
    archive.writestr("version", "8.1")
    archive.writestr("m/archive_format", "pt2")
    archive.writestr("m/archive_version", "0")
    archive.writestr("m/byteorder", "little")
