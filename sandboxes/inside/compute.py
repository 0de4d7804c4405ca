"""Where a submitted model computes: on the GPU that was lent to its sandbox, else on the CPU.

A GPU that was not lent is not there to be found; several are not needed to infer with one model, so the
first is taken.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def torch_device() -> str:
    """Return torch's name of the device."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def moved(program: "torch.export.ExportedProgram", device: str) -> "torch.export.ExportedProgram":
    """Return an exported program for a device; the one it was exported on is written into its graph."""
    if device == "cpu":
        return program
    from torch.export.passes import move_to_device_pass

    return move_to_device_pass(program, device)


def onnx_providers(available: list[str]) -> list[Any]:
    """Return what may compute an ONNX model, best first.

    Args:
        available: what this build of onnxruntime has.
    """
    is_lent = bool(os.environ.get("CUDA_VISIBLE_DEVICES"))
    with_gpu = ["CUDAExecutionProvider"] if is_lent and "CUDAExecutionProvider" in available else []
    return [*with_gpu, "CPUExecutionProvider"]
