"""TorchScript that allocates without end.

Tries: to take all memory where the model runs.
Covers: torchscript memory-heap
Road: model torchscript
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=40 memory_mib=300
Must: MLE
"""

import torch


class Hog(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        held: list[torch.Tensor] = []
        while x.size(0) > 0:
            held.append(torch.ones(4 << 20))
        return held[0]


torch.jit.script(Hog()).save("artefact")
