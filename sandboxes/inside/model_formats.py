"""Loads a submitted model of any accepted format into one callable. Runs in the untrusted sandbox.

Nothing is unpickled: ONNX is protobuf, safetensors is plain numbers, TorchScript, `torch.export` and
skops archives have loaders of their own. A pickle under one of their names is refused before any loader
sees it. Libraries are imported per format, as torch costs a second that an ONNX file need not pay.
"""

import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

if __package__:
    from . import onnx_scan
    from .compute import moved, onnx_providers, torch_device
    from .loaded_model import Infer, LoadedModel, ModelFault, describe_error
    from .skops_format import load_skops
    from .tensors_only import tensors_only
else:  # mounted file by file, not as a package
    import onnx_scan  # type: ignore[no-redef,import-not-found]
    from compute import moved, onnx_providers, torch_device  # type: ignore[no-redef,import-not-found]
    from loaded_model import (  # type: ignore[no-redef,import-not-found]
        Infer,
        LoadedModel,
        ModelFault,
        describe_error,
    )
    from skops_format import load_skops  # type: ignore[no-redef,import-not-found]
    from tensors_only import tensors_only  # type: ignore[no-redef,import-not-found]

FORMATS = ("onnx", "torchscript", "torch-export", "safetensors", "skops")
_PICKLE_MAGICS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
_MAX_HEADER_BYTES = 8 * 1024 * 1024


def load(path: Path, kind: str, input_shape: tuple[int, ...], n_classes: int) -> LoadedModel:
    """Load a model.

    Args:
        path: the submitted file.
        kind: one of `FORMATS`.
        input_shape: of one sample.
        n_classes: width of the expected output.

    Returns:
        The model.

    Raises:
        ModelFault: it cannot be loaded, or it is not what it claims to be.
    """
    found = sniff(path)
    if found == "pickle":
        raise ModelFault("pickle-refused", format=kind)
    expected = {"onnx": "unknown", "safetensors": "safetensors"}.get(kind, kind)
    if found != expected:
        raise ModelFault("model-wrong-format", format=kind, found_kind=found)
    with warnings.catch_warnings():
        # TorchScript is deprecated upstream; that is no news for whoever hands one in.
        warnings.simplefilter("ignore")
        if kind == "onnx":
            return _load_onnx(path, input_shape)
        if kind == "safetensors":
            return _load_safetensors(path, input_shape, n_classes)
        if kind == "skops":
            return load_skops(path, input_shape, n_classes)
        return _load_torchscript(path) if kind == "torchscript" else _load_export(path)


def sniff(path: Path) -> str:
    """Tell what a file is by its content.

    Args:
        path: the file.

    Returns:
        `empty`, `pickle`, `torchscript`, `torch-export`, `skops`, `zip`, `safetensors` or `unknown` (ONNX
        has no magic bytes and is among these).
    """
    with path.open("rb") as stream:
        head = stream.read(16)
    if not head:
        return "empty"
    if head.startswith(_PICKLE_MAGICS):
        return "pickle"
    if head.startswith(b"PK"):
        return _sniff_zip(path)
    is_header = int.from_bytes(head[:8], "little") <= _MAX_HEADER_BYTES
    return "safetensors" if is_header and head[8:9] == b"{" else "unknown"


def _sniff_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.partition("/")[2] or name for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return "zip"
    if "models/model.json" in names or "serialized_exported_program.json" in names:
        return "torch-export"
    if "constants.pkl" in names and any(name.startswith("code/") for name in names):
        return "torchscript"
    if "schema.json" in names:
        return "skops"
    return "pickle" if "data.pkl" in names else "zip"


def _load_onnx(path: Path, input_shape: tuple[int, ...]) -> LoadedModel:
    import onnxruntime as ort

    content = path.read_bytes()
    try:
        summary = onnx_scan.scan(content)
    except ValueError as error:
        raise ModelFault("model-damaged", format="onnx", detail=str(error)) from None
    if summary.has_external_data:
        raise ModelFault("external-data")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(
            content, options, providers=onnx_providers(ort.get_available_providers())
        )
    except Exception as error:  # onnxruntime raises a private class per status code
        raise ModelFault("model-unreadable", format="onnx", detail=describe_error(error)) from None
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelFault("input-count", found=len(inputs))
    if inputs[0].type != "tensor(float)":
        raise ModelFault("input-dtype", found=str(inputs[0].type))
    batch = _check_shape(inputs[0].shape, input_shape)
    name, output = inputs[0].name, session.get_outputs()[0].name

    def infer(samples: "np.ndarray[Any, Any]") -> object:
        return session.run([output], {name: samples})[0]

    return LoadedModel(infer, summary.n_parameters, batch)


def _check_shape(declared: Any, input_shape: tuple[int, ...]) -> int | None:  # noqa: ANN401 - of any library
    """Compare a declared input shape with a sample's; return the batch size if it is a fixed one."""
    dims = [dim if isinstance(dim, int) and dim > 0 else None for dim in declared or ()]
    if not dims:
        return None
    agrees = len(dims) == len(input_shape) + 1
    agrees = agrees and all(a is None or a == b for a, b in zip(dims[1:], input_shape, strict=True))
    if not agrees:
        shown = ", ".join("n" if dim is None else str(dim) for dim in dims)
        expected = ", ".join(["n", *map(str, input_shape)])
        raise ModelFault("input-shape", found=f"({shown})", expected=f"({expected})")
    return dims[0]


def _load_safetensors(path: Path, input_shape: tuple[int, ...], n_classes: int) -> LoadedModel:
    from safetensors import SafetensorError, safe_open

    if __package__:
        from . import builders
    else:
        import builders  # type: ignore[no-redef,import-not-found]
    try:
        with safe_open(path, framework="pt") as opened:
            metadata = opened.metadata() or {}
            weights = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118 - no iterator
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFault("model-unreadable", format="safetensors", detail=describe_error(error)) from None
    if "builder" not in metadata:
        raise ModelFault("builder-missing", expected=", ".join(builders.BUILDERS))
    try:
        network = builders.build(metadata["builder"], metadata.get("config", "{}"), input_shape, n_classes)
    except ValueError as error:
        raise ModelFault(
            "builder-refused",
            detail=str(error),
            expected=", ".join(builders.BUILDERS),
            max_layers=builders.MAX_LAYERS,
            max_width=builders.MAX_WIDTH,
        ) from None
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFault("weights-mismatch", detail=describe_error(error).partition(": ")[2]) from None
    return LoadedModel(
        _torch_infer(network.to(torch_device())), sum(tensor.numel() for tensor in weights.values())
    )


def _load_torchscript(path: Path) -> LoadedModel:
    import torch

    try:
        module = torch.jit.load(str(path), map_location="cpu").eval()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelFault("model-unreadable", format="torchscript", detail=describe_error(error)) from None
    n_numbers = sum(tensor.numel() for tensor in [*module.parameters(), *module.buffers()])
    # A frozen module has no parameters any more, but its file still stores their bytes.
    return LoadedModel(_torch_infer(module.to(torch_device())), max(n_numbers, _stored_bytes(path) // 4))


def _stored_bytes(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(
            info.file_size
            for info in archive.infolist()
            if re.search(r"/(data|constants)/\d+$", info.filename)
        )


def _load_export(path: Path) -> LoadedModel:
    import torch

    try:
        with tensors_only():
            program = torch.export.load(str(path))
            module = moved(program, torch_device()).module()
    except Exception as error:  # the loader parses JSON by hand and raises anything
        raise ModelFault("model-unreadable", format="torch-export", detail=describe_error(error)) from None
    state: Mapping[str, Any] = {**program.state_dict, **program.constants}
    n_parameters = sum(value.numel() for value in state.values() if isinstance(value, torch.Tensor))
    return LoadedModel(_torch_infer(module), n_parameters, _export_batch(program))


def _export_batch(program: "torch.export.ExportedProgram") -> int | None:
    """Exported without a dynamic batch, a program accepts only the batch size it was shown."""
    user_inputs = program.graph_signature.user_inputs
    if len(user_inputs) != 1:
        raise ModelFault("input-count", found=len(user_inputs))
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name == user_inputs[0]:
            shape: Sequence[Any] = getattr(node.meta.get("val"), "shape", ())
            return shape[0] if len(shape) and isinstance(shape[0], int) else None
    return None


def _torch_infer(module: Any) -> Infer:  # noqa: ANN401 - module or exported graph
    import torch

    torch.set_num_threads(1)
    device = torch_device()

    def infer(samples: "np.ndarray[Any, Any]") -> object:
        with torch.inference_mode():
            result = module(torch.from_numpy(samples).to(device))
        if isinstance(result, (tuple, list)) and result:
            result = result[0]
        if not isinstance(result, torch.Tensor):
            return result
        result = result.cpu()
        return result.detach().to(torch.float32).numpy() if result.is_floating_point() else result.numpy()

    return infer
