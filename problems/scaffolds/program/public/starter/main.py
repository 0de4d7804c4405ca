import csv
import json
import os
from pathlib import Path

GIVEN, LEFT = Path("/job/in"), Path("/job/out")


def rows(name):
    return csv.DictReader((GIVEN / name).read_text().splitlines())


if os.environ["JUDGE_STEP"] == "train":
    targets = [float(row["target"]) for row in rows("train.csv")]
    (LEFT / "model.json").write_text(json.dumps({"mean": sum(targets) / len(targets)}))
else:
    mean = json.loads((GIVEN / "model.json").read_text())["mean"]
    lines = [f"{row['id']},{mean}" for row in rows("test.csv")]
    (LEFT / "predictions.csv").write_text("\n".join(["id,prediction", *lines, ""]))
