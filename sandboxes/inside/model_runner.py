r"""The stock runner: a contestant's model on the hidden inputs. Runs in the untrusted sandbox.

    python -m inside.model_runner --model /job/in/model.onnx --inputs /job/in/inputs.npy \
        --out /job/out --format onnx --classes 10

Writes `predictions.npy` (float32, shape (n_samples, n_classes)) and `stats.json`, exit code 0. If
the submission is at fault it writes `fault.json`, `{"code": ..., "params": {...}}`, instead and ends
with `EXIT_REFUSED` (the file is not what the problem asks for) or `EXIT_FAILED` (the model raised).
Any other end is a crash or a limit. All of these files are claims of an untrusted process.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if __package__:
    from .loaded_model import LoadedModel, ModelFault, describe_error
    from .model_formats import FORMATS, load
else:  # mounted file by file, not as a package
    from loaded_model import (  # type: ignore[no-redef,import-not-found]
        LoadedModel,
        ModelFault,
        describe_error,
    )
    from model_formats import FORMATS, load  # type: ignore[no-redef,import-not-found]

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

EXIT_REFUSED = 3
EXIT_FAILED = 4

BATCH = 256
N_WARM_UP = 10
N_TIMED = 100
# A slow model is timed on fewer samples: the limit is there for the answers, not for the timing.
TIMING_BUDGET_S = 3.0


def run(model: LoadedModel, inputs: "Array", n_classes: int, batch_size: int = BATCH) -> "Array":
    """Infer all inputs in batches.

    Args:
        model: as loaded.
        inputs: float32 array of shape (n_samples, ...).
        n_classes: width of the expected output.
        batch_size: samples at a time, unless the model accepts one size only.

    Returns:
        float32 array of shape (n_samples, n_classes).

    Raises:
        ModelFault: the model raised, or what it returned is not such an array.
    """
    size = model.fixed_batch or batch_size
    parts = []
    for start in range(0, len(inputs), size):
        batch = inputs[start : start + size]
        parts.append(_infer_padded(model, batch, size, n_classes))
    predictions = np.concatenate(parts)
    _check_finite(predictions)
    return predictions


def _check_finite(predictions: "Array") -> None:
    finite = np.asarray(np.isfinite(predictions).all(axis=1))
    if not finite.all():
        raise ModelFault("output-not-finite", count=int((~finite).sum()), total=len(finite))


def _infer_padded(model: LoadedModel, batch: "Array", size: int, n_classes: int) -> "Array":
    """Infer one batch; fill the last one up if the model accepts one size only."""
    n_real = len(batch)
    if model.fixed_batch and n_real < size:
        batch = np.concatenate([batch, np.repeat(batch[-1:], size - n_real, axis=0)])
    try:
        output = model.infer(np.ascontiguousarray(batch))
    except MemoryError:
        raise
    except Exception as error:  # whatever the participant's model raises is its fault
        if "can't allocate memory" in str(error) or "bad allocation" in str(error):
            raise MemoryError(str(error)[:200]) from None
        raise ModelFault("model-failed", detail=describe_error(error)) from None
    return _checked(output, len(batch), n_classes)[:n_real]


def _checked(output: object, n_samples: int, n_classes: int) -> "Array":
    if not isinstance(output, np.ndarray):
        raise ModelFault("output-type", found=type(output).__name__)
    if output.dtype.kind != "f":
        raise ModelFault("output-dtype", found=str(output.dtype))
    if output.shape != (n_samples, n_classes):
        found = "(" + ", ".join(map(str, output.shape)) + ")"
        raise ModelFault("output-shape", found=found, expected=f"({n_samples}, {n_classes})")
    return output.astype(np.float32, copy=False)


def measure(model: LoadedModel, inputs: "Array", predictions: "Array", n_classes: int) -> dict[str, float]:
    """Time single samples, as a user of the model would meet it.

    What is timed is what is scored: a model that answers carelessly when it sees one sample at a time
    would be fast and wrong, not fast.

    Args:
        model: as loaded, after `run` has warmed it.
        inputs: as for `run`.
        predictions: what `run` returned; answers given while timed take their samples' places.
        n_classes: as for `run`.

    Returns:
        `latency_ms_p50`, `latency_ms_p95` and `latency_ms_p99`, milliseconds per call, and `n_timed`.
    """
    size = model.fixed_batch or 1
    deadline = time.perf_counter() + TIMING_BUDGET_S
    times_ms: list[float] = []
    for turn in range(N_WARM_UP + N_TIMED):
        place = slice(turn % len(inputs), turn % len(inputs) + 1)
        started = time.perf_counter()
        predictions[place] = _infer_padded(model, inputs[place], size, n_classes)
        ended = time.perf_counter()
        if turn >= N_WARM_UP or ended > deadline:
            times_ms.append((ended - started) * 1000)
        if ended > deadline:
            break
    _check_finite(predictions)
    p50, p95, p99 = np.percentile(times_ms, [50, 95, 99])
    return {
        "latency_ms_p50": round(float(p50), 4),
        "latency_ms_p95": round(float(p95), 4),
        "latency_ms_p99": round(float(p99), 4),
        "n_timed": len(times_ms),
    }


def judge_model(path: Path, inputs: "Array", kind: str, n_classes: int) -> tuple["Array", dict[str, float]]:
    """Load, infer and measure.

    Args:
        path: the submitted file.
        inputs: float32 array of shape (n_samples, ...).
        kind: declared format.
        n_classes: width of the expected output.

    Returns:
        Predictions and measurements.

    Raises:
        ModelFault: the submission is at fault.
    """
    model = load(path, kind, inputs.shape[1:], n_classes)
    known = probe(model, inputs, n_classes)
    try:
        started = time.perf_counter()
        predictions = run(model, inputs, n_classes)
        seconds = max(time.perf_counter() - started, 1e-9)
        latency = measure(model, inputs, predictions, n_classes)
    except ModelFault as fault:
        raise known or quieted(fault) from None
    stats = {
        "parameters": model.n_parameters,
        "size_bytes": path.stat().st_size,
        "throughput_per_s": round(len(inputs) / seconds, 2),
        **latency,
    }
    return predictions, stats


def probe(model: LoadedModel, inputs: "Array", n_classes: int) -> ModelFault | None:
    """Show the model zeros and return what it does wrong.

    About zeros everything may be told. An error's text or an output's shape on the hidden inputs is the
    model's to choose, and could carry those out.
    """
    size = model.fixed_batch or min(BATCH, len(inputs))
    try:
        _infer_padded(model, np.zeros((size, *inputs.shape[1:]), dtype=inputs.dtype), size, n_classes)
    except ModelFault as fault:
        return fault
    return None


def quieted(fault: ModelFault) -> ModelFault:
    """Return a fault without what the model chose."""
    if fault.code == "model-failed":
        return ModelFault("model-failed-quietly")
    if fault.code == "output-shape":
        return ModelFault(fault.code, **{**fault.params, "found": "(…)"})
    return fault


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the module's docstring says; return the exit code."""
    parser = argparse.ArgumentParser(prog="model_runner")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument("--classes", type=int, required=True)
    args = parser.parse_args(arguments)
    inputs = np.load(args.inputs, allow_pickle=False)
    try:
        predictions, stats = judge_model(args.model, inputs, args.format, args.classes)
    except ModelFault as fault:
        (args.out / "fault.json").write_text(json.dumps({"code": fault.code, "params": fault.params}))
        sys.stderr.write(f"refused: {fault.code} {fault.params}\n")
        return EXIT_FAILED if fault.code.startswith("model-failed") else EXIT_REFUSED
    np.save(args.out / "predictions.npy", predictions)
    (args.out / "stats.json").write_text(json.dumps(stats))
    return 0


if __name__ == "__main__":
    sys.exit(main())
