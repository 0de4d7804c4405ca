"""Where submitted models compute: on the CPU unless a GPU was lent."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sandboxes.inside.compute import moved, onnx_providers, torch_device
from sandboxes.inside.model_formats import load

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class Double(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((3,), 2.0))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return samples * self.weight + torch.zeros(3, device=samples.device)


def exported() -> torch.export.ExportedProgram:
    return torch.export.export(Double(), (torch.ones(2, 3),))


@pytest.mark.parametrize(
    ("lent", "available", "expected"),
    [
        ("", [CUDA, CPU], [CPU]),
        ("GPU-a", [CUDA, CPU], [CUDA, CPU]),
        ("GPU-a", ["AzureExecutionProvider", CPU], [CPU]),
    ],
)
def test_onnx_asks_for_a_gpu_only_when_one_was_lent(
    monkeypatch: pytest.MonkeyPatch, lent: str, available: list[str], expected: list[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", lent)
    assert onnx_providers(available) == expected


def test_an_exported_program_stays_where_it_is_on_the_cpu() -> None:
    program = exported()
    assert moved(program, "cpu") is program


def test_an_exported_program_moves_with_its_weights_and_its_graph() -> None:
    # `meta` stands for a device other than the one it was exported on; it needs no hardware.
    program = moved(exported(), "meta")
    assert {value.device.type for value in program.state_dict.values()} == {"meta"}
    created = [node for node in program.graph.nodes if "device" in node.kwargs]
    assert {torch.device(node.kwargs["device"]).type for node in created} == {"meta"}
    assert created


@pytest.mark.gpu
@pytest.mark.parametrize("file_format", ["torchscript", "torch-export"])
def test_models_compute_on_the_gpu(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / "model"
    if file_format == "torchscript":
        torch.jit.script(Double()).save(str(path))
    else:
        torch.export.save(exported(), path)
    model = load(path, file_format, input_shape=(3,), n_classes=3)
    assert torch_device() == "cuda"
    assert np.array_equal(model.infer(np.ones((2, 3), np.float32)), np.full((2, 3), 2.0))
    assert torch.cuda.max_memory_allocated() > 0
