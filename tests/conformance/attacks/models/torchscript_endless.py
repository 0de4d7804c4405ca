"""TorchScript that never answers.

Tries: to hold the runner for ever.
Covers: torchscript sleep
Road: model torchscript
Image: python-ml
Limits: wall_time_s=60 cpu_time_s=4
Must: TLE
"""

import torch


class Endless(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = 0
        while x.size(0) > 0:
            n += 1
        return x


torch.jit.script(Endless()).save("artefact")
