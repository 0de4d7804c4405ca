"""Train a baseline and save it in any of the four accepted formats.

python train.py --format safetensors      # or torchscript, torch-export, onnx
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from builders import build
from safetensors.torch import save_file
from torch import nn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument(
    "--format", choices=["safetensors", "torchscript", "torch-export", "onnx"], default="safetensors"
)
parser.add_argument("--builder", choices=["mlp", "cnn_small"], default="cnn_small")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "train.npz")
args = parser.parse_args()

torch.manual_seed(0)
with np.load(args.data) as data:
    images = torch.from_numpy(data["images"].astype(np.float32) / 255)[:, None]  # (3000, 1, 28, 28), 0 to 1
    labels = torch.from_numpy(data["labels"].astype(np.int64))
n_valid = 500
config = json.dumps({"hidden": [64]})
network = build(args.builder, config, (1, 28, 28), 10)

network.train()
optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
for epoch in range(args.epochs):
    for batch in (torch.randperm(len(images) - n_valid) + n_valid).split(64):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
        optimiser.step()
    with torch.no_grad():
        accuracy = (network(images[:n_valid]).argmax(1) == labels[:n_valid]).float().mean()
    print(f"epoch {epoch + 1}: accuracy on {n_valid} held-out pictures {accuracy:.4f}")
network.eval()

sample = images[:2].clone()  # a view would drag all pictures into the file
if args.format == "safetensors":
    save_file(network.state_dict(), "model.safetensors", metadata={"builder": args.builder, "config": config})
elif args.format == "torchscript":
    torch.jit.trace(network, sample).save("model.pt")
elif args.format == "torch-export":
    dynamic = ({0: torch.export.Dim("n")},)  # without it the model accepts batches of two only
    torch.export.save(torch.export.export(network, (sample,), dynamic_shapes=dynamic), "model.pt2")
else:  # needs: pip install onnx onnxscript
    dynamic = ({0: torch.export.Dim("n")},)
    torch.onnx.export(
        network, (sample,), "model.onnx", dynamo=True, dynamic_shapes=dynamic, external_data=False
    )
print(f"wrote the model as {args.format}; hand that file in")
