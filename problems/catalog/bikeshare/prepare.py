"""Builds the data of the bike problem from the ISLP wheel.

    python prepare.py --out DIR --cache DIR [--seed N]

Half of the hours are given, the others are asked for: 40 % of those public, 60 % private.
"""

import argparse
import csv
import io
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "ISLP/data/Bikeshare.csv"
COLUMNS = (
    "mnth", "day", "hr", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"
)  # fmt: skip
MEAN = """import csv, os

def mean():
    if os.environ["JUDGE_STEP"] == "train":
        rows = list(csv.DictReader(open("/job/in/train.csv")))
        open("/job/out/model.bin", "w").write(repr(sum(float(row["bikers"]) for row in rows) / len(rows)))
        return
    guess = open("/job/in/model.bin").read()
    with open("/job/out/predictions.csv", "w") as sink:
        print("id,bikers", file=sink)
        for row in csv.DictReader(open("/job/in/test.csv")):
            print(row["id"], guess, sep=",", file=sink)
"""
N_SAMPLE = (400, 100)  # hours given and asked for in a smoke test, all of the given half
DATE = (2020, 1, 1, 0, 0, 0)


def read_hours(cache: Path) -> list[dict[str, str]]:
    wheels = sorted(cache.glob("islp-0.6.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no islp-0.6.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        rows = list(csv.DictReader(io.StringIO(wheel.read(MEMBER).decode("utf-8"))))
    if len(rows) != 8645 or not set(COLUMNS) < set(rows[0]):
        raise SystemExit(f"{MEMBER} is not the table this problem was written for")
    return rows


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])


def write_sample(out: Path, header: list[str], train: list[list[str]]) -> None:
    """Lay out some of the given hours as the hidden ones are: smoke tests are judged on them."""
    given, asked = train[: N_SAMPLE[0]], train[N_SAMPLE[0] : sum(N_SAMPLE)]
    write(out / "inputs" / "train.csv", [*header, "bikers"], given)
    write(out / "inputs" / "test.csv", header, [row[:-1] for row in asked])
    truth = [[row[0], row[-1], "public"] for row in asked]
    write(out / "reference" / "reference.csv", ["id", "bikers", "split"], truth)


def write_zips(out: Path) -> None:
    for name, members in {
        "baseline": {"main.py": "import model\n\nmodel.mean()\n", "model.py": MEAN},
        "climber": {"../../tmp/main.py": "print('out')\n"},
    }.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(out / name / "main.zip", "w") as archive:
            for member, text in members.items():
                archive.writestr(zipfile.ZipInfo(member, DATE), text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    rows = read_hours(args.cache)
    rng = np.random.default_rng(args.seed)
    order = rng.permutation(len(rows))
    # Ids say nothing of the hour: neighbouring hours are alike.
    ids = rng.permutation(np.arange(100_000, 100_000 + len(rows)))
    half, n_public = len(rows) // 2, len(rows) // 5
    cells = [[str(ids[i]), *(rows[i][name] for name in COLUMNS)] for i in order]
    counts = [rows[i]["bikers"] for i in order]
    header = ["id", *COLUMNS]
    train = [[*row, count] for row, count in zip(cells[:half], counts[:half], strict=True)]
    for folder in ("hidden/inputs", "public"):
        write(args.out / folder / "train.csv", [*header, "bikers"], train)
    write(args.out / "hidden" / "inputs" / "test.csv", header, cells[half:])
    splits = ["public" if i < n_public else "private" for i in range(len(rows) - half)]
    truth = [
        [row[0], count, split] for row, count, split in zip(cells[half:], counts[half:], splits, strict=True)
    ]
    write(args.out / "hidden" / "reference" / "reference.csv", ["id", "bikers", "split"], truth)
    write_sample(args.out / "public" / "sample", header, train)
    write_zips(args.out / "submissions")
    print(f"{half} hours given, {n_public} public, {len(rows) - half - n_public} private")


if __name__ == "__main__":
    main()
