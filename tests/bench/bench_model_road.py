"""Times submit over REST → final score for a model, against a plain `docker run` of the same work.

    python tests/bench/bench_model_road.py [--times 10] [--pause 4]

The baseline is one hardened container that runs the model on the hidden inputs and then the scorer on its
predictions: what a judge would do that keeps nothing warm, and trusts one container with both.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from judge.settings import load as load_settings
from judge.stack.catalogue import sources
from problems.build import build
from problems.loader import Package, load
from scoring.contract import MetricRequest, ScoringRequest
from scoring.options import SCORER_OPTIONS
from tests.bench.live import in_ms, live_judge, providers, time_many

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".bench"
IMAGE = "openmodels-judge/runner-python-ml"
HARDENED = """
--network none --cap-drop ALL --security-opt no-new-privileges --read-only --memory 2g --memory-swap 2g
--pids-limit 128 --user 65534:65534 --tmpfs /tmp:size=256m,mode=1777 --ipc none --log-driver none
-e OMP_NUM_THREADS=1 -e HOME=/tmp -e PYTHONDONTWRITEBYTECODE=1
"""
WORK = """
import subprocess, sys, shutil, os
os.makedirs("/tmp/in"); os.makedirs("/tmp/out")
subprocess.run([sys.executable, "/code/inside/model_runner.py", "--model", "/job/model.onnx", "--inputs",
                "/job/inputs.npy", "--out", "/tmp/out", "--format", "onnx", "--classes", "10"], check=True)
shutil.copy("/tmp/out/predictions.npy", "/tmp/in/submission.npy")
shutil.copy("/tmp/out/stats.json", "/tmp/in/stats.json")
shutil.copytree("/job/reference", "/tmp/in/reference")
subprocess.run([sys.executable, "-m", "scoring", "--request", "/job/request.json", "--report",
                "/tmp/out/report.json", "--input-dir", "/tmp/in"], check=True, cwd="/code")
print(open("/tmp/out/report.json").read())
"""


def time_docker_run(package: Package, folder: Path, times: int) -> list[float]:
    """Time one container that does all of it, from `docker run` to its end."""
    scoring = package.spec.scoring
    request = ScoringRequest(
        scorer=scoring.scorer,
        options=SCORER_OPTIONS[scoring.scorer].model_validate(scoring.options).model_dump(mode="json"),
        metrics=tuple(MetricRequest(name=metric.name) for metric in scoring.metrics),
        primary=scoring.primary,
        submission="submission.npy",
        extra={"stats": "stats.json"},
    )
    (folder / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
    folder.chmod(0o755)
    mounts = {
        ROOT / "sandboxes" / "inside": "/code/inside",
        ROOT / "scoring": "/code/scoring",
        package.root / "submissions" / "good" / "model.onnx": "/job/model.onnx",
        package.root / "hidden" / "inputs" / "inputs.npy": "/job/inputs.npy",
        package.root / "hidden" / "reference": "/job/reference",
        folder / "request.json": "/job/request.json",
    }
    volumes = [word for source, target in mounts.items() for word in ("-v", f"{source}:{target}:ro")]
    command = ["docker", "run", "--rm", *HARDENED.split(), *volumes, IMAGE, "python3", "-c", WORK]
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        taken.append(time.perf_counter() - began)
        if done.returncode or json.loads(done.stdout.splitlines()[-1])["status"] != "scored":
            raise SystemExit(f"docker run failed: {done.stdout}{done.stderr}")
    return taken[1:]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between submissions")
    options = parser.parse_args()
    source = next(folder for folder in sources() if folder.name == "digits")
    load_settings(home=CACHE)
    package = load(build(source, cache=CACHE / "cache", out=CACHE / "digits"))
    model = package.root / "submissions" / "good" / "model.onnx"
    plain = None
    if "docker" in providers():
        with tempfile.TemporaryDirectory() as name:
            plain = time_docker_run(package, Path(name), options.times)
        print(f"plain docker run              {in_ms(plain)}   (min / median / max)")
    for provider in providers():
        with live_judge([package], sandbox=provider) as judge:
            road = time_many(judge, model, problem="digits", times=options.times, pause_s=options.pause)
        ratio = f"{median(road) / median(plain):.2f} × docker run" if plain else "no engine to compare with"
        print(f"REST to final score, {provider:<8} {in_ms(road)}   {ratio}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
