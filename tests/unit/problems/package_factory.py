"""A small valid package on disk, to be bent by each test."""

from pathlib import Path

import yaml

STATEMENT = "# Title\n\n" + "A statement long enough to be one, with a formula $x^2$ in it. " * 8 + "\n"


def manifest():
    return {
        "format": 1,
        "slug": "toy",
        "version": "1.0.0",
        "kind": "predictions",
        "names": {"en": "Toy", "zh": "玩具"},
        "summary": {"en": "A toy.", "zh": "一个玩具。"},
        "licence": "Apache-2.0",
        "authors": ["OpenModels"],
        "data": {"licence": "CC0", "source": {"en": "made up", "zh": "虚构"}},
        "submission": {"formats": ["csv"], "max_mib": 1},
        "scoring": {
            "scorer": "table",
            "options": {"id_column": "id", "target_column": "label", "columns": [{"name": "p"}]},
            "metrics": [{"name": "roc_auc"}],
            "primary": "roc_auc",
        },
        "examples": {
            name: {"role": name, "file": "s.csv", "verdict": "PE"}
            for name in ("wrong-format", "crash", "too-slow", "cheating")
        }
        | {
            name: {"role": name, "file": "s.csv", "verdict": "AC", "score": [0, 1]}
            for name in ("good", "baseline")
        },
    }


def write_manifest(folder: Path, values: dict) -> None:
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    (folder / "problem.yaml").write_text(text, encoding="utf-8")
