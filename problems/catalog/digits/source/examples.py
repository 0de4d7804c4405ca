"""Trains the honest example models and writes the others: every way to hand in a bad one."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save
from source.onnx_export import to_onnx
from torch import nn

INPUT = ("n", 1, 28, 28)


def script(source: str, **weights: torch.Tensor) -> torch.jit.ScriptModule:
    """Compile TorchScript from source text, so that no path of this machine gets into the file."""

    # A class of its own per call: modules of one class share what was compiled first.
    class Script(torch.jit.ScriptModule):
        def __init__(self) -> None:
            super().__init__()
            for name, value in weights.items():
                self.register_parameter(name, nn.Parameter(value.detach().clone()))
            self.define(source)

    return Script()


def make_cnn() -> nn.Sequential:
    """The `cnn_small` builder's network with its default configuration."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def make_mlp(*hidden: int) -> nn.Sequential:
    """The `mlp` builder's network."""
    layers: list[nn.Module] = [nn.Flatten()]
    width = 784
    for size in hidden:
        layers += [nn.Linear(width, size), nn.ReLU()]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, 10))


def shifted(images: torch.Tensor) -> torch.Tensor:
    """Move a batch by up to two pixels: more training data for nothing."""
    right, down = torch.randint(-2, 3, (2,)).tolist()
    return images.roll((right, down), dims=(3, 2))


def train(
    network: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, epochs: int, *, is_shifted: bool
) -> nn.Sequential:
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            seen = shifted(images[batch]) if is_shifted else images[batch]
            nn.functional.cross_entropy(network(seen), labels[batch]).backward()
            optimiser.step()
        schedule.step()
    return network.eval()


def with_builder(network: nn.Sequential, builder: str, **config: list[int]) -> bytes:
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    return sorted_header(save(state, metadata={"builder": builder, "config": json.dumps(config)}))


def sorted_header(content: bytes) -> bytes:
    """Rewrite a safetensors header with its keys in order: the library writes metadata in a random one."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]


def to_torchscript(module: torch.jit.ScriptModule) -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    return buffer.getvalue()


def to_export(network: nn.Sequential) -> bytes:
    batch = torch.export.Dim("n", max=4096)
    program = torch.export.export(network, (torch.zeros(2, 1, 28, 28),), dynamic_shapes=({0: batch},))
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def outside_weights() -> bytes:
    """An ONNX model whose weight tensor names a file of the reference folder as its storage."""
    weight = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[784, 10], data_location=TensorProto.EXTERNAL
    )
    weight.external_data.add(key="location", value="../../hidden/reference/reference.npz")
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", INPUT), ("y", ("n", 10)))
    ]
    graph = helper.make_graph(nodes, "outside", ends[:1], ends[1:], [weight])
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()


def three_classes(rng: np.random.Generator) -> bytes:
    weight = numpy_helper.from_array(rng.normal(size=(784, 3)).astype(np.float32), "w")
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", INPUT), ("y", ("n", 3)))
    ]
    graph = helper.make_graph(nodes, "three", ends[:1], ends[1:], [weight])
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()


def pickled_code() -> bytes:
    """A checkpoint archive as `torch.save` makes it, whose pickle calls a function when loaded.

    Written opcode by opcode: the call is `os.system(command)`, and nothing here ever runs it.
    """
    command = "find / -name '*reference*' -exec cat {} + > /job/out/predictions.npy"
    text = command.encode()
    pickled = b"\x80\x02cos\nsystem\nX" + len(text).to_bytes(4, "little") + text + b"\x85R."
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("archive/data.pkl"), pickled)
        archive.writestr(zipfile.ZipInfo("archive/version"), b"3\n")
    return buffer.getvalue()


SCRIPTS = {
    "wrong-input": "def forward(self, x):\n    return x.flatten(1) @ torch.ones(100, 10)\n",
    "memory-hog": (
        "def forward(self, x):\n"
        "    kept = [x]\n"
        "    for i in range(1000):\n"
        "        kept.append(torch.ones(16 * 1024 * 1024) * i)\n"
        "    return x.flatten(1)[:, :10] + kept[-1][0]\n"
    ),
    "endless": (
        "def forward(self, x):\n"
        "    y = x.flatten(1)[:, :10]\n"
        "    for i in range(1000000000):\n"
        "        y = y + 0.0 * torch.tanh(y)\n"
        "    return y\n"
    ),
    "file-reader": (
        "def forward(self, x):\n"
        "    found = torch.from_file('/job/in/reference/reference.npz', False, 2000)\n"
        "    return torch.nn.functional.one_hot(found[: x.size(0)].long(), 10).float()\n"
    ),
}


def write_examples(images: np.ndarray, labels: np.ndarray, out: Path, seed: int) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    x = torch.from_numpy(images.astype(np.float32) / 255)[:, None]
    y = torch.from_numpy(labels.astype(np.int64))
    cnn = train(make_cnn(), x, y, epochs=12, is_shifted=True)
    mlp = train(make_mlp(128), x, y, epochs=20, is_shifted=True)
    linear = train(make_mlp(), x, y, epochs=6, is_shifted=False)
    blown_up = make_mlp()
    nn.init.constant_(blown_up[1].weight, float("inf"))
    rng = np.random.default_rng(seed)
    hidden, last = mlp[1], mlp[3]
    mlp_source = "def forward(self, x):\n    h = torch.relu(x.flatten(1) @ self.w1.t() + self.b1)\n"
    mlp_source += "    return h @ self.w2.t() + self.b2\n"
    weights = {"w1": hidden.weight, "b1": hidden.bias, "w2": last.weight, "b2": last.bias}
    files = {
        "good/model.onnx": to_onnx(cnn, INPUT),
        "good-torchscript/model.pt": to_torchscript(script(mlp_source, **weights)),
        "good-export/model.pt2": to_export(mlp),
        "good-safetensors/model.safetensors": with_builder(cnn, "cnn_small", channels=[16, 32], hidden=[64]),
        "baseline/model.safetensors": with_builder(linear, "mlp", hidden=[]),
        "random-bytes/model.onnx": rng.bytes(20_000),
        "three-classes/model.onnx": three_classes(rng),
        "not-finite/model.safetensors": with_builder(blown_up, "mlp", hidden=[]),
        "pickled-code/model.pt": pickled_code(),
        "outside-weights/model.onnx": outside_weights(),
        **{f"{name}/model.pt": to_torchscript(script(source)) for name, source in SCRIPTS.items()},
    }
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
