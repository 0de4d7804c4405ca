"""A pickle under the name of an ONNX model.

Tries: to run code where the model is loaded.
Covers: pickle
Road: model onnx
Never: pickle-ran
Must: PE
"""

import pickle

from probe import Payload

with open("artefact", "wb") as file:
    pickle.dump(Payload(), file, protocol=4)
