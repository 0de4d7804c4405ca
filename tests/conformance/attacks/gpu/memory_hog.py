"""Takes all memory of the GPU and ends without giving it back.

Tries: to leave the next run without memory, or to find in it what the run before computed.
Covers: gpu-memory search-memory
Road: step
Needs: gpu
Image: python-ml
Limits: memory_mib=4096 wall_time_s=60 cpu_time_s=60 n_processes=64 n_open_files=256
Runs: twice
Must: AC
"""

import torch
from probe import Probe

probe = Probe()
free, total = torch.cuda.mem_get_info()
probe.unseen("memory that somebody still holds", free < total * 0.8 and (free, total))
probe.works(
    "a product",
    lambda: float((torch.ones(8, 8, device="cuda") @ torch.ones(8, 8, device="cuda")).sum()) == 512,
)
held = []
try:
    while True:
        area = torch.empty(64 << 20, dtype=torch.uint8, device="cuda")
        probe.unseen("bytes of the run before", bool(area.any()) and not held)
        held.append(area.fill_(0xAB))
except torch.OutOfMemoryError:
    pass
probe.unseen("more than there is", sum(area.numel() for area in held) > total)
probe.end()
