"""Scores a large predictions file and prints time and memory as ratios measured in the same run.

    python tests/bench/bench_scoring_rows.py [--rows 10000000] [--shuffled] [--format csv|parquet]

Memory: peak resident size of the scorer's process against the decoded arrays: ids and probabilities of eight
bytes each, labels and splits of one (target: below 3).
Time: against pandas and scikit-learn reading the same file, matching it to the same reference by id and
computing the same metrics on the same splits (target: below 1).
Intervals: 200 bootstrap replicates of both metrics on both splits, in processor time of the scorer's
process beyond scoring once (target: below 1 of that), and in memory as above.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
BYTES_A_ROW = 8 + 8 + 1 + 1  # id, probability, label, split
MAX_MEMORY, MAX_TIME, MAX_MORE = 3.0, 1.0, 1.0

BASELINE = """
import json, sys
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

folder = sys.argv[1]
reference = pd.read_parquet(folder + "/reference/reference.parquet")
read = pd.read_csv if sys.argv[2] == "csv" else pd.read_parquet
predictions = read(folder + "/submission." + sys.argv[2])
merged = reference.merge(predictions, on="id", how="left", validate="one_to_one")
assert len(predictions) == len(reference) and merged["probability"].notna().all()
values = {}
for split, rows in merged.groupby("split"):
    values["roc_auc/" + split] = roc_auc_score(rows["label"], rows["probability"])
    values["log_loss/" + split] = log_loss(rows["label"], rows["probability"])
print(json.dumps(values))
"""


def write_case(folder: Path, n_rows: int, *, is_shuffled: bool, file_format: str) -> None:
    """Write a reference, a request and a predictions file of `n_rows` rows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    rng = np.random.default_rng(7)
    label = (rng.random(n_rows) < 0.06).astype(np.int8)
    probability = np.round(np.clip(0.2 * label + 0.8 * rng.random(n_rows), 0.001, 0.999), 8)
    ids = np.arange(n_rows)
    split = np.where(rng.random(n_rows) < 0.3, "public", "private")
    (folder / "reference").mkdir()
    reference = pa.table({"id": ids, "label": label, "split": pa.array(split).dictionary_encode()})
    pq.write_table(reference, folder / "reference" / "reference.parquet")
    order = rng.permutation(n_rows) if is_shuffled else ids
    table = pa.table({"id": ids[order], "probability": probability[order]})
    if file_format == "csv":
        pacsv.write_csv(table, folder / "submission.csv")
    else:
        pq.write_table(table, folder / "submission.parquet")
    request = {
        "scorer": "table",
        "options": {"columns": [{"name": "probability", "minimum": 0, "maximum": 1}]},
        "metrics": [{"name": "roc_auc"}, {"name": "log_loss"}],
        "primary": "roc_auc",
        "submission": f"submission.{file_format}",
    }
    (folder / "request.json").write_text(json.dumps(request))
    request["bootstrap"] = {"n_replicates": 200, "keys_of_replicates": ["roc_auc", "log_loss"]}
    (folder / "bootstrap.json").write_text(json.dumps(request))


class Measured(NamedTuple):
    """What a program took: wall and processor time, and its peak resident size."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def measure(argv: list[str], stdout: Path) -> Measured:
    """Run a program and measure it."""
    started_s = time.perf_counter()
    with stdout.open("wb") as sink:
        process = subprocess.Popen(argv, cwd=ROOT, stdout=sink)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{argv} ended with {process.returncode}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Measured(time.perf_counter() - started_s, cpu_s, usage.ru_maxrss * 1024 / MIB)


def run(n_rows: int, *, is_shuffled: bool, file_format: str) -> dict[str, float]:
    """Return the figures of one case, after checking that both sides computed the same numbers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: a child's peak starts at the size of the parent that forked it.
        writer = multiprocessing.get_context("spawn").Process(
            target=write_case,
            args=(folder, n_rows),
            kwargs={"is_shuffled": is_shuffled, "file_format": file_format},
        )
        writer.start()
        writer.join()
        size_mib = (folder / f"submission.{file_format}").stat().st_size / MIB
        argv = [sys.executable, "-m", "scoring", "--input-dir", name, "--report", f"{name}/report.json"]
        more = measure([*argv, "--request", f"{name}/bootstrap.json"], folder / "scorer.txt")
        check_intervals(json.loads((folder / "report.json").read_text()))
        once = measure([*argv, "--request", f"{name}/request.json"], folder / "scorer.txt")
        base = measure([sys.executable, "-c", BASELINE, name, file_format], folder / "baseline.json")
        report = json.loads((folder / "report.json").read_text())
        ours = {f"{m['key']}/{m['split']}": m["value"] for m in report["metrics"]}
        theirs = json.loads((folder / "baseline.json").read_text())
        if ours.keys() != theirs.keys() or any(abs(ours[key] - theirs[key]) > 1e-9 for key in ours):
            raise SystemExit(f"different results: {ours} against {theirs}")
    return {
        "file_mib": size_mib,
        "scorer_s": once.wall_s,
        "scorer_peak_mib": once.peak_mib,
        "intervals_s": more.wall_s,
        "intervals_peak_mib": more.peak_mib,
        "pandas_s": base.wall_s,
        "pandas_peak_mib": base.peak_mib,
        "memory_over_arrays": once.peak_mib * MIB / (n_rows * BYTES_A_ROW),
        "time_over_pandas": once.wall_s / base.wall_s,
        # Of processor time, of which what else the machine does takes nothing away.
        "intervals_over_once": (more.cpu_s - once.cpu_s) / once.cpu_s,
        "intervals_memory_over_arrays": more.peak_mib * MIB / (n_rows * BYTES_A_ROW),
    }


def check_intervals(report: dict[str, Any]) -> None:
    """Check that there are 200 replicates of every metric, about its value."""
    for metric in report["metrics"]:
        interval, replicates = metric["interval"], metric["replicates"]
        if len(replicates) != 200 or abs(sum(replicates) / 200 - metric["value"]) > interval["std_error"]:
            raise SystemExit(f"no interval about {metric['key']} on {metric['split']}")


def main() -> int:
    """Parse arguments, run, print. Returns 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--shuffled", action="store_true", help="rows in random order")
    parser.add_argument("--format", choices=("csv", "parquet"), help="one of both alone")
    args = parser.parse_args()
    is_met = True
    for file_format in (args.format,) if args.format else ("csv", "parquet"):
        figures = run(args.rows, is_shuffled=args.shuffled, file_format=file_format)
        order = ", shuffled" if args.shuffled else ""
        print(f"{args.rows:,} rows{order}, {file_format} of {figures['file_mib']:.0f} MiB")
        for who in ("scorer", "intervals", "pandas"):
            print(f"  {who:9} {figures[who + '_s']:7.2f} s   peak {figures[who + '_peak_mib']:7.0f} MiB")
        memory, ratio = figures["memory_over_arrays"], figures["time_over_pandas"]
        print(f"  memory / decoded arrays  {memory:.2f}  (target < {MAX_MEMORY:g})")
        print(f"  time / pandas+sklearn    {ratio:.2f}  (target < {MAX_TIME:g})")
        more, more_memory = figures["intervals_over_once"], figures["intervals_memory_over_arrays"]
        print(f"  200 replicates / once    {more:.2f}  (target < {MAX_MORE:g})")
        print(f"    memory / arrays        {more_memory:.2f}  (target < {MAX_MEMORY:g})", flush=True)
        is_met = is_met and max(memory, more_memory) < MAX_MEMORY and ratio < MAX_TIME and more < MAX_MORE
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
