"""Builds a small scoring job on disk and runs it in this process."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.__main__ import score
from scoring.contract import ScoringReport, ScoringRequest
from scoring.scorers import Places

PROBABILITY = {"name": "p", "minimum": 0, "maximum": 1}
# Six rows: 1 and 4 are public, the others private.
LABELS = [0, 1, 0, 1, 1, 0]
SPLITS = ["private", "public", "private", "private", "public", "private"]


class Job:
    """A folder with a reference and a submission, and what the request says about them."""

    def __init__(self, folder: Path, **options) -> None:
        self.folder = folder
        self.options = {"columns": [PROBABILITY], **options}
        self.metrics = [{"name": "roc_auc"}, {"name": "log_loss"}]
        self.bootstrap: dict | None = None
        self.seed, self.has_sketch = 0, False
        (folder / "reference").mkdir(exist_ok=True)
        self.reference(id=range(6), label=LABELS, split=SPLITS)

    def reference(self, **columns) -> None:
        table = pa.table({name: list(values) for name, values in columns.items()})
        pq.write_table(table, self.folder / "reference" / "reference.parquet")

    def score(self, name: str, content: bytes | str) -> ScoringReport:
        """Score a submission of this content."""
        raw = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(raw)
        return self.score_file(name)

    def score_file(self, name: str) -> ScoringReport:
        """Score a file already there; the report survives the way the judge takes it."""
        request = ScoringRequest.model_validate_json(
            json.dumps(
                {
                    "scorer": "table",
                    "options": self.options,
                    "metrics": self.metrics,
                    "primary": self.metrics[0].get("label") or self.metrics[0]["name"],
                    "submission": name,
                    "bootstrap": self.bootstrap,
                    "seed": self.seed,
                    "has_sketch": self.has_sketch,
                }
            )
        )
        report = score(request, Places(inputs=self.folder, channel=self.folder / "chan"))
        return ScoringReport.model_validate_json(report.model_dump_json())


def csv_of(ids=range(6), values=(0.1, 0.9, 0.2, 0.8, 0.7, 0.3), header="id,p", end="\n") -> str:
    """Return a CSV file; by default the right one."""
    lines = [header, *(f"{i},{value}" for i, value in zip(ids, values, strict=True))]
    return end.join(lines) + end


def said(report: ScoringReport) -> list[tuple[str, dict]]:
    """Return codes and parameters of a report's messages."""
    return [(message.code, message.params) for message in report.messages]


def npy_bytes(array: np.ndarray) -> bytes:
    """Return an NPY file."""
    import io

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=array.dtype.hasobject)
    return buffer.getvalue()
