import csv
import json
import os
from pathlib import Path

GIVEN, LEFT = Path("/job/in"), Path("/job/out")


def rows(name):
    return csv.DictReader((GIVEN / name).read_text().splitlines())


if os.environ["JUDGE_STEP"] == "train":
    pairs = [(float(row["a"]), float(row["target"])) for row in rows("train.csv")]
    slope = sum(a * y for a, y in pairs) / sum(a * a for a, _ in pairs)
    (LEFT / "model.json").write_text(json.dumps({"slope": slope}))
else:
    slope = json.loads((GIVEN / "model.json").read_text())["slope"]
    lines = [f"{row['id']},{slope * float(row['a'])}" for row in rows("test.csv")]
    (LEFT / "predictions.csv").write_text("\n".join(["id,prediction", *lines, ""]))
