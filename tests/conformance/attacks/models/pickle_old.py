"""A pickle of the oldest protocol, which has no telling first bytes.

Tries: to get past a look at the first bytes.
Covers: pickle
Road: model safetensors
Never: pickle-ran
Must: PE
"""

import pickle

from probe import Payload

with open("artefact", "wb") as file:
    pickle.dump(Payload(), file, protocol=0)
