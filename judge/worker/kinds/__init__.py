"""How each kind of problem is judged, one module each; `judge.worker.evaluate` calls them."""
