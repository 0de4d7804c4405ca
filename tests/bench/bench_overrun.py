"""How long after its wall-time limit a program that does not want to end is really gone.

    python tests/bench/bench_overrun.py [--times 2]

A dozen programs, each worse than a sleeping one in its own way; the baseline of the ratio is the limit.
Measured by the host's clock from handing over the step to its collected result, with no process left then.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandboxes.base import Profile
from sandboxes.results import Outcome
from tests.bench.lab import LIMITS, Lab, lab
from tests.bench.live import providers

LIMIT_S, TARGET_S = 0.6, 0.2
NASTY = {
    "sleeps": "import time; time.sleep(60)",
    "computes": "while True: pass",
    "blocks every signal": """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True: time.sleep(60)
""",
    "fork bomb": """
import os
while True:
    try: os.fork()
    except OSError: pass
""",
    "thread bomb": """
import threading, time
def spin():
    while True: pass
while True:
    try: threading.Thread(target=spin).start()
    except RuntimeError: time.sleep(0.001)
""",
    "daemon of a daemon": """
import os, time
for _ in range(2):
    if os.fork(): break
    os.setsid()
while True: time.sleep(60)
""",
    "stops its own tree": """
import os, signal
for _ in range(8):
    if os.fork() == 0: break
os.kill(0, signal.SIGSTOP)
while True: pass
""",
    "fills its tmpfs": """
body = b'x' * 2**20
while True:
    try:
        with open('/tmp/full', 'wb', buffering=0) as file:
            for _ in range(40): file.write(body)
    except OSError: pass
""",
    "a thousand files": """
import os
while True:
    for n in range(4000): os.close(os.open(f'/tmp/{n}', os.O_CREAT | os.O_WRONLY))
    for n in range(4000): os.unlink(f'/tmp/{n}')
""",
    "maps and unmaps": """
import mmap
while True:
    with mmap.mmap(-1, 2**28) as area:
        for at in range(0, 2**28, 4096): area[at] = 1
""",
    "children die and are born": """
import os
while True:
    try:
        if os.fork() == 0: os._exit(0)
    except OSError: pass
    try: os.waitpid(-1, os.WNOHANG)
    except OSError: pass
""",
    "pipes full and waited for": """
import os
reading, writing = os.pipe()
for _ in range(12):
    if os.fork() == 0: break
while True: os.write(writing, b'x' * 2**20)
""",
}


def overrun(place: Lab, program: Path) -> tuple[float, Outcome]:
    """Run one program over its limit; return seconds beyond it, and the outcome."""
    sandbox = place.provider.create(Profile("python", LIMITS))
    try:
        step = place.plain_step(program)
        began = time.monotonic()
        sandbox.start(replace(step, limits=replace(LIMITS, wall_time_s=LIMIT_S), outputs=()))
        result = sandbox.wait()
        return time.monotonic() - began - LIMIT_S, result.outcome
    finally:
        sandbox.destroy()
        place.provider.settle()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=2)
    options = parser.parse_args()
    is_met = True
    for provider in providers():
        with lab(provider) as place:
            for number, (name, text) in enumerate(NASTY.items()):
                program = place.program(f"nasty{number}.py", text)
                runs = [overrun(place, program) for _ in range(options.times)]
                worst = max(over for over, _ in runs)
                outcomes = {outcome for _, outcome in runs}
                is_one_met = worst <= TARGET_S and outcomes == {Outcome.WALL_TIME}
                is_met &= is_one_met
                print(
                    f"{provider:<7} {name:<28} {worst * 1e3:5.0f} ms after its limit, "
                    f"{(LIMIT_S + worst) / LIMIT_S:.2f} × (target {TARGET_S * 1e3:.0f} ms)   "
                    f"{'met' if is_one_met else 'MISSED: ' + ', '.join(outcomes)}",
                    flush=True,
                )
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
