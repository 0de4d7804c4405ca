"""Runs a contestant's model in the untrusted sandbox: hidden inputs go in, predictions come out."""

from judge.worker.bench import Bench
from judge.worker.material import Material
from judge.worker.profiles import execute_limits, execute_profile
from problems.formats import suffix_of
from sandboxes.base import OutputSpec, Step
from sandboxes.limits import MIB
from sandboxes.results import StepResult
from scoring.options import ArraysOptions

MAX_SMALL_BYTES = 64 * 1024
INPUTS_FILE = "inputs.npy"


def run_model(material: Material, bench: Bench) -> StepResult:
    """Infer the hidden inputs with the stock runner.

    Args:
        material: of kind `model`.
        bench: lends the sandbox.

    Raises:
        SandboxError: infrastructure fault.
    """
    spec = material.spec
    limits = execute_limits(spec)
    options = ArraysOptions.model_validate(spec.scoring.options)
    model_name = "model" + suffix_of(material.format)
    step = Step(
        limits=limits,
        module="model_runner",
        args=(
            "--model", f"/job/in/{model_name}",
            "--inputs", f"/job/in/{INPUTS_FILE}",
            "--out", "/job/out",
            "--format", material.format,
            "--classes", str(options.n_classes),
        ),
        inputs={**material.inputs, model_name: material.submission},
        outputs=(
            OutputSpec("predictions.npy", limits.output_mib * MIB),
            OutputSpec("stats.json", MAX_SMALL_BYTES),
            OutputSpec("fault.json", MAX_SMALL_BYTES, is_required=False),
        ),
        seed=material.seed,
    )  # fmt: skip
    with bench.sandbox(execute_profile(material)) as sandbox:
        sandbox.start(step)
        return sandbox.wait()
