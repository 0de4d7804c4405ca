"""Changes the harness from inside.

Tries: to have every answer counted as right by replacing functions of the program that asks.
Covers: monkeypatch forge-results
Road: function
Must: WA or RTE or PE
"""

import builtins
import json
import sys

host = sys.modules["__main__"]
for module in list(sys.modules.values()):
    for name in ("check", "grade", "score", "verdict", "compare"):
        if hasattr(module, name):
            setattr(module, name, lambda *_, **__: True)
host.answer = lambda *_: {"ok": True, "verdict": "AC", "score": 1.0}
json_dumps = json.dumps
builtins.all = builtins.any = lambda *_: True


class Equal(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


def add(a, b):
    return a + b


def word():
    return Equal("anything")
