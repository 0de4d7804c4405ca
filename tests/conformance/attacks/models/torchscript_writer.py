"""TorchScript that writes files.

Tries: to write its own predictions, or over files of the host, with an operator that maps files for writing.
Covers: torchscript forge-results
Road: model torchscript
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=25
Must: RTE or WA or SV
"""

import torch


class Writer(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = torch.zeros(1)
        for path in ["/job/in/planted", "/job/code/planted", "/usr/planted"]:
            n += torch.from_file(path, shared=True, size=45, dtype=torch.uint8).fill_(65).sum()
        return torch.ones(x.size(0), 3) * n


torch.jit.script(Writer()).save("artefact")
