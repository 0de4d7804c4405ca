"""Times two joined sandboxes against two processes joined by bare pipes, in the same run.

    python tests/bench/bench_channel.py [--round-trips 3000] [--mib 256]

A round trip is a small JSON question and its JSON answer, or a line to standard input and one back. The
baseline does the same over two pipes between two processes with nothing in the middle: no judge could be
quicker. Through the host every message is handed over twice, so twice the pipe is the floor.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandboxes.base import Profile, Provider, Step
from sandboxes.conversation import ChannelRules, Content, SideRules
from sandboxes.limits import Limits
from sandboxes.local import Local
from sandboxes.pairing import join
from tests.bench.live import providers

LIMITS = Limits(wall_time_s=120, cpu_time_s=120)
TARGET = 15.0  # times a bare pipe's round trip
TARGET_RATE = 1 / 6  # of a bare pipe's bytes per second
WIRE = """
import json, os, socket, struct, sys, time
def exactly(read, size):
    body = b""
    while len(body) < size: body += read(size - len(body))
    return body
class Pipe:
    def __init__(self, is_joined):
        if is_joined:
            chan = socket.socket(socket.AF_UNIX); chan.connect("/job/chan")
            self.read, self.write = chan.recv, chan.sendall
        else: self.read, self.write = lambda size: os.read(0, size), lambda body: os.write(1, body)
    def receive(self):
        head = exactly(self.read, 4)
        return exactly(self.read, struct.unpack(">I", head)[0])
    def send(self, body): self.write(struct.pack(">I", len(body)) + body)
pipe = Pipe(CHANNEL)
def report(text):
    sys.stderr.write(str(text))
"""
ASK_JSON = """
question = {"action": [0.25, -0.5, 1.0], "step": 7}
def ask(n):
    began = time.perf_counter()
    for _ in range(n):
        pipe.send(json.dumps(question).encode()); json.loads(pipe.receive())
    return time.perf_counter() - began
ask(100); report(ask(N) / N)
"""
ANSWER_JSON = """
while True:
    json.loads(pipe.receive()); pipe.send(json.dumps({"observation": [1.0, 2.0], "done": False}).encode())
"""
ASK_LINES = """
def ask(n):
    began = time.perf_counter()
    for _ in range(n):
        pipe.send(b"17 23\\n"); pipe.receive()
    return time.perf_counter() - began
ask(100); report(ask(N) / N)
"""
ANSWER_LINES = "import sys\nfor line in sys.stdin: print(sum(map(int, line.split())), flush=True)"
# The bare pipe has no frames: the asking side speaks lines itself.
ASK_BARE_LINES = ASK_LINES.replace(
    'pipe.send(b"17 23\\n"); pipe.receive()', 'pipe.write(b"17 23\\n"); pipe.read(64)'
)
TAKE = """
pipe.send(b"go"); began = time.perf_counter(); left = N << 20
while left: left -= len(pipe.receive())
report((N << 20) / (time.perf_counter() - began))
"""
GIVE = """
pipe.receive(); part = bytes(1 << 20)
for _ in range(N): pipe.send(part)
time.sleep(60)
"""


def program(text: str, n: int, *, is_joined: bool) -> list[str]:
    """Return the command of one side."""
    return ["python3", "-c", f"N, CHANNEL = {n}, {is_joined}\n{WIRE}{text}"]


def bare(ask: str, answer: list[str], n: int) -> float:
    """Run both sides joined by two pipes; return what the asking one reports."""
    (mine, to_answer), (from_answer, theirs) = os.pipe(), os.pipe()
    command = [sys.executable, *program(ask, n, is_joined=False)[1:]]
    other = subprocess.Popen(
        [sys.executable, *answer[1:]], stdin=mine, stdout=theirs, stderr=subprocess.DEVNULL
    )
    try:
        asked = subprocess.run(
            command, stdin=from_answer, stdout=to_answer, stderr=subprocess.PIPE, check=True
        )
        return float(asked.stderr)
    finally:
        other.kill()
        other.wait()
        for descriptor in (mine, to_answer, from_answer, theirs):
            os.close(descriptor)


def joined(provider: Provider, ask: str, answer: list[str], n: int, rules: ChannelRules) -> float:
    """Run both sides in joined sandboxes; return what the asking one reports."""
    pair = [provider.create(Profile("python", LIMITS, is_trusted=is_ours)) for is_ours in (True, False)]
    try:
        pair[0].start(Step(LIMITS, argv=tuple(program(ask, n, is_joined=True)), has_channel=True))
        pair[1].start(
            Step(LIMITS, argv=tuple(answer), has_channel=not rules.is_stdio, has_stdio_channel=rules.is_stdio)
        )
        said = join(*pair, rules)
        result = pair[0].wait()
        if result.exit_code != 0:
            raise SystemExit(f"{said} {result}")
        return float(result.stderr)
    finally:
        for sandbox in pair:
            sandbox.destroy()


def open_provider(name: str, folder: Path) -> Provider:
    """Return a provider by name, its image built."""
    if name == "local":
        return Local("bench", folder)
    from sandboxes.docker import Docker

    return Docker("bench", folder)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--round-trips", type=int, default=3000)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    n, mib = options.round_trips, options.mib
    side = SideRules(max_bytes=1 << 40, max_frame_bytes=1 << 20)
    quiet = {"trusted": side, "untrusted": side}
    kinds = {
        "JSON frames": (ASK_JSON, ASK_JSON, ANSWER_JSON, n, ChannelRules(**quiet)),
        "JSON, checked": (ASK_JSON, ASK_JSON, ANSWER_JSON, n, ChannelRules(**quiet, content=Content.JSON)),
        "lines, stdio": (ASK_LINES, ASK_BARE_LINES, "", n, ChannelRules(**quiet, is_stdio=True)),
        "raw bytes": (TAKE, TAKE, GIVE, mib, ChannelRules(**quiet)),
    }
    is_missed = False
    for name in providers():
        with tempfile.TemporaryDirectory() as folder:
            provider = open_provider(name, Path(folder))
            try:
                for kind, (ask, ask_bare, answer, size, rules) in kinds.items():
                    lines = ["python3", "-c", ANSWER_LINES]
                    plain = program(answer, size, is_joined=False) if answer else lines
                    far = program(answer, size, is_joined=True) if answer else lines
                    base, ours = [], []
                    for _ in range(options.times):  # in turn, so that a busy moment meets both
                        base.append(bare(ask_bare, plain, size))
                        ours.append(joined(provider, ask, far, size, rules))
                    is_rate = kind == "raw bytes"
                    best = max if is_rate else min  # a busy machine only ever adds time
                    is_missed |= show(name, kind, best(base), best(ours), is_rate=is_rate)
            finally:
                provider.close()
    return int(is_missed)


def show(provider: str, kind: str, base: float, ours: float, *, is_rate: bool) -> bool:
    """Print one line; return whether the target was missed."""
    if is_rate:
        share = ours / base
        print(
            f"{provider:<7} {kind:<14} {ours / 1e6:8.0f} MB/s   "
            f"bare pipe {base / 1e6:.0f} MB/s   {share:.2f} ×"
        )
        return share < TARGET_RATE
    times = ours / base
    print(
        f"{provider:<7} {kind:<14} {ours * 1e6:8.1f} µs   {1 / ours:8.0f} round trips/s   "
        f"bare pipe {base * 1e6:5.1f} µs   {times:.1f} ×"
    )
    return times > TARGET


if __name__ == "__main__":
    sys.exit(main())
