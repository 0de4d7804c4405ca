"""TorchScript whose inner pickles run code.

Tries: to pass as TorchScript and have data.pkl or constants.pkl unpickled as Python would.
Covers: torchscript pickle
Road: model torchscript
Never: pickle-ran
Must: PE
"""

import pickle
import zipfile

from probe import Payload

with zipfile.ZipFile("artefact", "w") as archive:
    for name in ("data.pkl", "constants.pkl"):
        archive.writestr(f"m/{name}", pickle.dumps(Payload(), protocol=2))
    archive.writestr("m/code/__torch__.py", "class M(Module):\n  def forward(self, x):\n    return x\n")
    archive.writestr("m/version", "3\n")
    archive.writestr("m/byteorder", "little")
