"""TorchScript that reads files.

Tries: to read labels, or whatever lies there, with an operator that maps files as tensors.
Covers: torchscript search-filesystem
Road: model torchscript
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=25
Must: RTE or WA or SV
"""

import torch


class Reader(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = 0
        for path in [
            "/job/in/reference/labels.txt",
            "/job/in/labels.txt",
            "/job/in/reference/reference.npz",
            "/root/labels",
        ]:
            n += torch.from_file(path, shared=False, size=45, dtype=torch.uint8).size(0)
        return torch.ones(x.size(0), 3) * n


torch.jit.script(Reader()).save("artefact")
