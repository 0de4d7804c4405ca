"""A pickle under the name of a TorchScript model.

Tries: to run code where the model is loaded.
Covers: pickle torchscript
Road: model torchscript
Never: pickle-ran
Must: PE
"""

import pickle

from probe import Payload

with open("artefact", "wb") as file:
    pickle.dump(Payload(), file)
