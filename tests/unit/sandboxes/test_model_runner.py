"""The stock model runner: every format, every fault, its exit codes.

It runs here without a sandbox around it, on models made by these tests only.
"""

import io
import json
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import nn

from sandboxes import inside
from sandboxes.inside import builders
from sandboxes.inside.model_runner import EXIT_FAILED, EXIT_REFUSED, main

RUNNER = Path(inside.__path__[0]) / "model_runner.py"
SHAPE, N_CLASSES, N_SAMPLES = (1, 6, 6), 3, 600


@pytest.fixture
def inputs(tmp_path: Path) -> np.ndarray:
    array = np.random.default_rng(0).random((N_SAMPLES, *SHAPE), dtype=np.float32)
    np.save(tmp_path / "inputs.npy", array)
    return array


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return builders.build("mlp", '{"hidden": [8]}', SHAPE, N_CLASSES)


class Result:
    """What the runner left behind."""

    def __init__(self, folder: Path, model: Path, kind: str, *, as_process: bool = False) -> None:
        arguments = ["--model", str(model), "--inputs", str(folder / "inputs.npy"), "--format", kind]
        arguments += ["--out", str(folder / "out"), "--classes", str(N_CLASSES)]
        (folder / "out").mkdir()
        self.stderr = ""
        if as_process:  # as the sandbox does, with nothing of ours importable
            command = [sys.executable, "-E", "-s", str(RUNNER), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            self.exit_code, self.stderr = done.returncode, done.stderr
        else:
            self.exit_code = main(arguments)
        self.files = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}

    @property
    def fault(self) -> dict:
        assert set(self.files) == {"fault.json"}, self.stderr
        return json.loads(self.files["fault.json"])

    @property
    def predictions(self) -> np.ndarray:
        assert self.exit_code == 0, self.stderr
        return np.load(io.BytesIO(self.files["predictions.npy"]), allow_pickle=False)

    @property
    def stats(self) -> dict:
        return json.loads(self.files["stats.json"])


def onnx_bytes(
    n_classes: int = N_CLASSES, shape=("n", *SHAPE), dtype=TensorProto.FLOAT, **weight: object
) -> bytes:
    rng = np.random.default_rng(1)
    values = numpy_helper.from_array(rng.normal(size=(36, n_classes)).astype(np.float32), "w")
    nodes = [helper.make_node("Flatten", ["x"], ["f"], axis=1), helper.make_node("MatMul", ["f", "w"], ["y"])]
    if dtype != TensorProto.FLOAT:
        nodes.insert(0, helper.make_node("Cast", ["x"], ["xf"], to=TensorProto.FLOAT))
        nodes[1].input[0] = "xf"
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (shape[0], n_classes))],
        [values],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def script_bytes(source: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        class Script(torch.jit.ScriptModule):
            def __init__(self) -> None:
                super().__init__()
                self.define(source)

        buffer = io.BytesIO()
        torch.jit.save(Script(), buffer)
    return buffer.getvalue()


def write(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def expected(network: nn.Module, inputs: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return network(torch.from_numpy(inputs)).numpy()


def check_scored(result: Result, right: np.ndarray, model: Path, n_parameters: int) -> None:
    assert result.predictions.dtype == np.float32
    np.testing.assert_allclose(result.predictions, right, rtol=1e-4, atol=1e-5)
    stats = result.stats
    assert stats["parameters"] == n_parameters
    assert stats["size_bytes"] == model.stat().st_size
    assert 0 < stats["latency_ms_p50"] <= stats["latency_ms_p95"] <= stats["latency_ms_p99"]
    assert stats["n_timed"] == 100


def test_onnx(tmp_path: Path, inputs: np.ndarray) -> None:
    model = write(tmp_path, "m.onnx", onnx_bytes())
    weights = np.random.default_rng(1).normal(size=(36, N_CLASSES)).astype(np.float32)
    check_scored(
        Result(tmp_path, model, "onnx"), inputs.reshape(N_SAMPLES, -1) @ weights, model, 36 * N_CLASSES
    )


def test_onnx_with_a_fixed_batch_that_does_not_divide(tmp_path: Path, inputs: np.ndarray) -> None:
    model = write(tmp_path, "m.onnx", onnx_bytes(shape=(7, *SHAPE)))
    weights = np.random.default_rng(1).normal(size=(36, N_CLASSES)).astype(np.float32)
    check_scored(
        Result(tmp_path, model, "onnx"), inputs.reshape(N_SAMPLES, -1) @ weights, model, 36 * N_CLASSES
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("is_frozen", [False, True])
def test_torchscript(tmp_path: Path, inputs: np.ndarray, network: nn.Module, is_frozen: bool) -> None:
    traced = torch.jit.trace(network, torch.zeros(2, *SHAPE))
    traced = torch.jit.freeze(traced) if is_frozen else traced
    traced.save(str(tmp_path / "m.pt"))
    result = Result(tmp_path, tmp_path / "m.pt", "torchscript")
    np.testing.assert_allclose(result.predictions, expected(network, inputs), rtol=1e-4, atol=1e-5)
    n_parameters = sum(p.numel() for p in network.parameters())
    assert n_parameters <= result.stats["parameters"] <= n_parameters * 2


@pytest.mark.parametrize("is_dynamic", [True, False])
def test_torch_export(tmp_path: Path, inputs: np.ndarray, network: nn.Module, is_dynamic: bool) -> None:
    shapes = ({0: torch.export.Dim("n")},) if is_dynamic else None
    program = torch.export.export(network, (torch.zeros(4, *SHAPE),), dynamic_shapes=shapes)
    torch.export.save(program, str(tmp_path / "m.pt2"))
    n_parameters = sum(p.numel() for p in network.parameters())
    result = Result(tmp_path, tmp_path / "m.pt2", "torch-export")
    check_scored(result, expected(network, inputs), tmp_path / "m.pt2", n_parameters)


def test_safetensors(tmp_path: Path, inputs: np.ndarray, network: nn.Module) -> None:
    metadata = {"builder": "mlp", "config": '{"hidden": [8]}'}
    save_file(network.state_dict(), tmp_path / "m.safetensors", metadata=metadata)
    n_parameters = sum(p.numel() for p in network.parameters())
    result = Result(tmp_path, tmp_path / "m.safetensors", "safetensors", as_process=True)
    check_scored(result, expected(network, inputs), tmp_path / "m.safetensors", n_parameters)


PICKLE = b"\x80\x02cos\nsystem\nX\x0f\x00\x00\x00touch /tmp/evil\x85R."


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"archive/{name.replace('_', '.')}", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("onnx", b"", "model-wrong-format"),
        ("onnx", bytes(range(256)) * 20, "model-damaged"),
        ("onnx", onnx_bytes()[:-50], "model-damaged"),
        ("onnx", PICKLE, "pickle-refused"),
        ("onnx", zipped(readme=b"hi"), "model-wrong-format"),
        ("onnx", onnx_bytes(n_classes=4), "output-shape"),
        ("onnx", onnx_bytes(shape=("n", 3, 3, 4)), "input-shape"),
        ("onnx", onnx_bytes(shape=("n", 36)), "input-shape"),
        ("onnx", onnx_bytes(dtype=TensorProto.DOUBLE), "input-dtype"),
        ("torchscript", PICKLE, "pickle-refused"),
        ("torchscript", zipped(data_pkl=PICKLE, version=b"3"), "pickle-refused"),
        ("torchscript", zipped(readme=b"hi"), "model-wrong-format"),
        ("torchscript", b"PK\x03\x04 broken", "model-wrong-format"),
        ("torchscript", onnx_bytes(), "model-wrong-format"),
        ("torch-export", zipped(**{"models/model_json": b"{"}), "model-unreadable"),
        ("safetensors", PICKLE, "pickle-refused"),
        ("safetensors", b"\x10" + bytes(7) + b'{"a": 1         ', "model-unreadable"),
        ("safetensors", b"\xff" * 64, "model-wrong-format"),
    ],
)
def test_files_that_are_refused(
    tmp_path: Path, inputs: np.ndarray, kind: str, content: bytes, code: str
) -> None:
    # The cheap formats as a process, to see the exit code; torch costs seconds to import.
    as_process = kind == "onnx"
    result = Result(tmp_path, write(tmp_path, "model", content), kind, as_process=as_process)
    assert result.exit_code == EXIT_REFUSED, result.stderr
    assert result.fault["code"] == code
    assert not Path("/tmp/evil").exists()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def forward(self, x):\n    return x.flatten(1)[:, :3] / 0.0\n", "output-not-finite"),
        ("def forward(self, x):\n    return x.flatten(1)[:, :3].long()\n", "output-dtype"),
        ("def forward(self, x):\n    return x.sum()\n", "output-shape"),
        ("def forward(self, x):\n    return x.flatten(1)[:1, :3]\n", "output-shape"),
        ("def forward(self, x):\n    return 'ten'\n", "output-type"),
    ],
)
def test_outputs_that_are_refused(tmp_path: Path, inputs: np.ndarray, source: str, code: str) -> None:
    result = Result(tmp_path, write(tmp_path, "m.pt", script_bytes(source)), "torchscript")
    assert result.exit_code == EXIT_REFUSED, result.stderr
    assert result.fault["code"] == code


def test_model_that_raises_is_a_failure_of_its_own(tmp_path: Path, inputs: np.ndarray) -> None:
    source = "def forward(self, x):\n    return x.flatten(1) @ torch.ones(5, 3)\n"
    result = Result(tmp_path, write(tmp_path, "m.pt", script_bytes(source)), "torchscript")
    assert result.exit_code == EXIT_FAILED
    assert result.fault["code"] == "model-failed"
    assert "cannot be multiplied" in result.fault["params"]["detail"]


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        (None, "builder-missing"),
        ({"builder": "resnet"}, "builder-refused"),
        ({"builder": "mlp", "config": "not json"}, "builder-refused"),
        ({"builder": "mlp", "config": "[" * 100_000}, "builder-refused"),
        ({"builder": "mlp", "config": '{"hidden": [99999999]}'}, "builder-refused"),
        ({"builder": "mlp", "config": '{"hidden": [true]}'}, "builder-refused"),
        ({"builder": "mlp", "config": '{"layers": [8]}'}, "builder-refused"),
        ({"builder": "cnn_small", "config": '{"channels": [4, 4, 4, 4]}'}, "builder-refused"),
        ({"builder": "mlp", "config": '{"hidden": [9]}'}, "weights-mismatch"),
        ({"builder": "mlp", "config": '{"hidden": []}'}, "weights-mismatch"),
    ],
)
def test_declared_builders_that_are_refused(
    tmp_path: Path, inputs: np.ndarray, network: nn.Module, metadata: dict | None, code: str
) -> None:
    save_file(network.state_dict(), tmp_path / "m.safetensors", metadata=metadata)
    result = Result(tmp_path, tmp_path / "m.safetensors", "safetensors")
    assert result.exit_code == EXIT_REFUSED, result.stderr
    assert result.fault["code"] == code
    assert all(len(str(value)) <= 80 for value in result.fault["params"].values())


def test_every_fault_has_a_text_for_contestants() -> None:
    from judge.messages import CATALOGUE

    sources = [RUNNER.read_text(), (RUNNER.parent / "model_formats.py").read_text()]
    codes = {part.partition('"')[0] for source in sources for part in source.split('ModelFault("')[1:]}
    assert len(codes) > 10
    assert codes <= set(CATALOGUE)


def test_small_convolutional_builder_has_the_documented_shape() -> None:
    network = builders.build("cnn_small", "{}", (1, 28, 28), 10)
    assert network(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    assert sum(p.numel() for p in network.parameters()) == 105_866


class Careless(nn.Module):
    """Answers honestly in batches, and at once, with zeros, when shown one sample."""

    def __init__(self, honest: nn.Module) -> None:
        super().__init__()
        self.honest = honest

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        if samples.shape[0] == 1:
            return torch.zeros(1, 3)
        return self.honest(samples)


class Telling(nn.Module):
    """Writes what it sees into the shape of its output."""

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        if float(samples.sum()) == 0.0:
            return torch.zeros(samples.shape[0], 3)
        return torch.zeros(0, int(samples[0, 0, 0, 0] * 1e9))


class Loud(nn.Module):
    """Puts what it sees into the text of an error."""

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        if float(samples.sum()) == 0.0:
            return torch.zeros(samples.shape[0], 3)
        return torch.zeros(int(samples[0, 0, 0, 0] * 1e9)).reshape(2, 3, 5, 7)


def run_script(folder: Path, network: nn.Module) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(network.eval()).save(str(folder / "model.pt"))
    return Result(folder, folder / "model.pt", "torchscript")


def test_what_is_timed_is_what_is_scored(tmp_path, inputs, network):
    result = run_script(tmp_path, Careless(network))
    assert result.exit_code == 0
    predictions = np.load(io.BytesIO(result.files["predictions.npy"]))
    n_timed = json.loads(result.files["stats.json"])["n_timed"]
    assert (predictions[:n_timed] == 0).all()
    assert (predictions[-1] != 0).any()


def test_a_shape_does_not_carry_inputs_out(tmp_path, inputs):
    result = run_script(tmp_path, Telling())
    assert result.exit_code == EXIT_REFUSED
    assert result.fault["code"] == "output-shape"
    assert str(int(inputs[0, 0, 0, 0] * 1e9))[:4] not in json.dumps(result.fault)


def test_an_error_does_not_carry_inputs_out(tmp_path, inputs):
    result = run_script(tmp_path, Loud())
    assert result.exit_code == EXIT_FAILED
    assert result.fault == {"code": "model-failed-quietly", "params": {}}
