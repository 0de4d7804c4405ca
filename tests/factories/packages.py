"""Writes tiny, complete problem packages to disk, one of each kind."""

from pathlib import Path

from problems.loader import Package, load

GOOD_CSV = b"id,probability\n1,0.9\n2,0.1\n3,0.8\n4,0.2\n5,0.7\n6,0.3\n7,0.6\n8,0.4\n"
WEAK_CSV = b"id,probability\n1,0.1\n2,0.9\n3,0.8\n4,0.2\n5,0.7\n6,0.3\n7,0.6\n8,0.4\n"
SLOW_PY = b"import time\n\ndef double(x):\n    time.sleep(4)\n    return 2 * x\n"
GOOD_PY = b"def double(x):\n    return 2 * x\n"

_COMMON = """\
format: 1
slug: {slug}
version: {version}
kind: {kind}
names: {{en: Tiny, zh: 小题}}
summary: {{en: Small enough to see through., zh: 一眼看到底。}}
licence: CC0-1.0
authors: [OpenModels]
track: {track}
data:
  licence: CC0-1.0
  source: {{en: Made up., zh: 编造的。}}
"""
_PREDICTIONS = """\
submission: {formats: [csv, npz, npy], max_mib: 1}
scoring:
  scorer: table
  options: {id_column: id, columns: [{name: probability, minimum: 0, maximum: 1}]}
  metrics: [{name: roc_auc}, {name: log_loss}]
  primary: roc_auc
leaderboard: {columns: [log_loss]}
"""
_FUNCTION = """\
submission: {formats: [py], max_mib: 1, functions: [double]}
limits:
  execute: {wall_time_s: 20, cpu_time_s: 20, memory_mib: 512}
scoring:
  scorer: function
  options: {tests: tests.py, call_timeout_s: 8}
  metrics: [{name: tests_passed}]
  primary: tests_passed
"""
_REFERENCE = "id,label,split\n" + "".join(
    f"{i},{i % 2},{'public' if i <= 4 else 'private'}\n" for i in range(1, 9)
)
_TESTS = """\
from scoring.grading import test


@test("doubles-a-number", en="A number is doubled.", zh="把一个数加倍。")
def doubles(call, check, rng):
    check.close(call("double", 21.0), 42.0)
"""


def predictions_package(
    folder: Path, *, slug: str = "tiny-table", version: str = "1.0.0", track: str = "practice"
) -> Package:
    """Write and load a package of kind `predictions`."""
    head = _COMMON.format(slug=slug, version=version, kind="predictions", track=track)
    return _write(folder / slug, head + _PREDICTIONS, {"hidden/reference/reference.csv": _REFERENCE})


def function_package(folder: Path, *, slug: str = "tiny-function", version: str = "1.0.0") -> Package:
    """Write and load a package of kind `function`."""
    head = _COMMON.format(slug=slug, version=version, kind="function", track="practice")
    return _write(folder / slug, head + _FUNCTION, {"hidden/reference/tests.py": _TESTS})


def _write(root: Path, manifest: str, files: dict[str, str]) -> Package:
    texts = {
        "problem.yaml": manifest,
        "statement/en.md": "# Tiny\n\nPredict $p$.\n",
        "statement/zh.md": "# 小题\n\n预测 $p$。\n",
        "public/train.csv": "id,label\n9,1\n",
        **files,
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(root)
