"""A checkpoint of torch.save that runs code.

Tries: to have the pickle inside a zip of the usual kind loaded.
Covers: pickle torchscript
Road: model torchscript
Never: pickle-ran
Must: PE
"""

import pickle
import zipfile

from probe import Payload

with zipfile.ZipFile("artefact", "w") as archive:
    archive.writestr("archive/data.pkl", pickle.dumps(Payload(), protocol=2))
    archive.writestr("archive/version", "3\n")
