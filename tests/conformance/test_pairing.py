"""A trusted and an untrusted sandbox joined: what is carried, what is measured, and who is to blame."""

import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from sandboxes.base import Step
from sandboxes.conversation import Content, Party, Reason, SideRules
from sandboxes.results import Outcome
from tests.conformance.conftest import SMALL
from tests.conformance.pairs import PATIENT, QUICK, Pair

MIB = 1024 * 1024


@pytest.fixture
def pair(provider) -> Pair:
    return Pair(provider)


# The trusted side of guess-the-number over raw bytes: one frame is a line of text, an empty one the end.
JUDGE = """
secret, said, guesses = 37, b"", 0
def line():
    global said
    while b"\\n" not in said:
        more = receive()
        if not more: sys.exit(9)
        said += more
    found, _, said = said.partition(b"\\n")
    return int(found)
send(b"100\\n")
while (guess := line()) != secret:
    guesses += 1
    send(b"higher\\n" if guess < secret else b"lower\\n")
send(b"right\\n")
assert guesses < 7
send(b"")
assert receive() == b""
print("guessed")
"""
PLAYER = """
low, high = 1, int(input())
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    match input():
        case "higher": low = middle + 1
        case "lower": high = middle - 1
        case "right": break
"""
PLAYER_C = """
#include <stdio.h>
#include <string.h>
int main(void) {
    int low = 1, high; char word[16];
    if (scanf("%d", &high) != 1) return 2;
    for (;;) {
        int middle = (low + high) / 2;
        printf("%d\\n", middle); fflush(stdout);
        if (scanf("%15s", word) != 1) return 3;
        if (!strcmp(word, "right")) return 0;
        if (!strcmp(word, "higher")) low = middle + 1; else high = middle - 1;
    }
}
"""


def test_guess_the_number_in_python(pair):
    end = pair(JUDGE, PLAYER, is_stdio=True)
    assert (end.trusted.outcome, end.trusted.stdout) == (Outcome.OK, b"guessed\n")
    assert end.untrusted.outcome is Outcome.OK
    assert end.at_fault is None
    assert end.said.untrusted.frames == end.said.trusted.frames - 2  # the upper bound, and the end
    assert end.said.reason is Reason.CLOSED


@pytest.fixture(scope="session")
def player_c(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("player")
    (folder / "player.c").write_text(PLAYER_C)
    subprocess.run(["gcc", "-O2", "-static", "-o", "player", "player.c"], cwd=folder, check=True)
    return folder / "player"


def test_guess_the_number_in_c(pair, player_c):
    step = Step(
        SMALL,
        argv=("/job/in/player",),
        inputs={"player": player_c},
        executables=frozenset({"player"}),
        has_stdio_channel=True,
    )
    end = pair(JUDGE, step, is_stdio=True)
    assert (end.trusted.outcome, end.trusted.stdout) == (Outcome.OK, b"guessed\n")
    assert (end.untrusted.outcome, end.at_fault) == (Outcome.OK, None)


def test_an_environment_of_a_thousand_steps(pair):
    world = """
tell({"reset": 0})
at = total = 0
for _ in range(1000):
    at += {"left": -1, "right": 1}[hear()["action"]]
    total += at > 0
    tell({"at": at, "done": False})
tell({"done": True}); print(total)
"""
    agent = """
at = hear()["reset"]
while True:
    tell({"action": "right" if at < 5 else "left"})
    seen = hear()
    if seen["done"]: break
    at = seen["at"]
"""
    limits = replace(SMALL, wall_time_s=60, cpu_time_s=60)
    end = pair(world, agent, content=Content.JSON, limits=limits)
    assert (end.trusted.outcome, end.trusted.stdout, end.at_fault) == (Outcome.OK, b"1000\n", None)
    assert end.said.trusted.frames == 1002
    assert end.said.untrusted.frames >= 1000
    assert end.said.untrusted.largest_bytes == len('{"action": "right"}')
    assert end.said.trusted.n_bytes > 1002 * 20
    assert 0 < end.said.untrusted.waited_s < end.said.wall_time_s


def test_large_frames_pass_whole(pair):
    trusted = "send(bytes(range(256)) * 40_000); print(receive() == (bytes(range(256)) * 40_000)[::-1])"
    untrusted = "send(receive()[::-1]); receive()"
    rules = SideRules(max_frame_bytes=16 * MIB)
    end = pair(trusted, untrusted, trusted_rules=rules, untrusted_rules=rules)
    assert end.trusted.stdout == b"True\n"
    assert end.said.untrusted.largest_bytes == 10_240_000


# ---- the untrusted side breaks off or misbehaves ------------------------------------------------

LISTEN = "send(b'go'); print(receive())"


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        ("receive(); time.sleep(30)", Reason.SILENT),
        (
            "receive(); chan.send(b'\\0\\0\\0P')\nfor _ in range(80): chan.send(b' '); time.sleep(0.2)",
            Reason.SILENT,
        ),
        ("receive(); chan.send(struct.pack('>I', 10**9)); time.sleep(30)", Reason.FRAME_SIZE),
        ("receive(); chan.send(b'Traceback (most recent call last)'); time.sleep(30)", Reason.FRAME_SIZE),
        ("receive(); send(b'NaN'); time.sleep(30)", Reason.GARBAGE),
        ("receive(); send(b'\\xff{}'); time.sleep(30)", Reason.GARBAGE),
        ("receive(); send(b'[' * 100_000); time.sleep(30)", Reason.GARBAGE),
        ("receive(); chan.send(struct.pack('>I', 100) + b'half'); chan.close()", Reason.CUT),
    ],
    ids=["silent", "dribbling", "boasting", "not-frames", "nan", "not-text", "deep", "half-a-frame"],
)
def test_a_breach_of_the_untrusted_side(pair, untrusted, reason):
    trusted = LISTEN.replace("b'go'", "b'1'")
    end = pair(trusted, untrusted, content=Content.JSON, untrusted_rules=QUICK)
    assert (end.said.ended_by, end.said.reason) == (Party.UNTRUSTED, reason), end.said.detail
    assert end.at_fault is Party.UNTRUSTED
    assert end.trusted.outcome is Outcome.OK  # it read the end, and was left to finish
    assert end.trusted.stdout == b"None\n"
    assert end.untrusted.outcome in (Outcome.CANCELLED, Outcome.OK)
    assert end.said.wall_time_s < 10


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        ("input(); import time; time.sleep(30)", Reason.SILENT),
        ("import time\nwhile True: print(end='x', flush=True); time.sleep(0.2)", Reason.SILENT),
        ("print('x' * 3_000_000, flush=True); input()", Reason.FRAME_SIZE),
        ("while True: print('x' * 1000)", Reason.TOO_MANY_BYTES),
        ("while True: print()", Reason.TOO_MANY_FRAMES),
    ],
    ids=["silent", "dribbling", "endless-line", "flood", "empty-lines"],
)
def test_a_breach_over_stdio(pair, untrusted, reason):
    rules = replace(QUICK, start_s=2.0, max_bytes=4 * MIB, max_frames=10_000)
    # A flood may have ended the conversation before the trusted side has opened its mouth.
    trusted = "try: send(b'go\\n')\nexcept BrokenPipeError: pass\nwhile receive(): pass"
    end = pair(trusted, untrusted, is_stdio=True, untrusted_rules=rules)
    assert (end.said.ended_by, end.said.reason) == (Party.UNTRUSTED, reason), end.said.detail
    assert (end.at_fault, end.trusted.outcome) == (Party.UNTRUSTED, Outcome.OK), end.trusted.stderr
    assert end.said.wall_time_s < 10


def test_caps_on_frames_and_bytes(pair):
    endless = "while True: send(b'x' * 1000)"
    for changes, reason in (
        ({"max_frames": 100}, Reason.TOO_MANY_FRAMES),
        ({"max_bytes": 50_000}, Reason.TOO_MANY_BYTES),
    ):
        end = pair("while receive(): pass", endless, untrusted_rules=replace(QUICK, **changes))
        assert (end.said.reason, end.at_fault) == (reason, Party.UNTRUSTED)
    assert end.said.untrusted.n_bytes == 51_000


def test_time_in_total_is_a_chess_clock(pair):
    trusted = "while True:\n  send(b'?')\n  if receive() is None: break\n  time.sleep(0.15)"
    untrusted = "while receive(): time.sleep(0.3); send(b'!')"
    end = pair(trusted, untrusted, untrusted_rules=replace(PATIENT, waited_s=1.0))
    assert (end.said.reason, end.at_fault) == (Reason.SLOW, Party.UNTRUSTED)
    assert 1.0 <= end.said.untrusted.waited_s < 1.2
    assert end.said.untrusted.frames <= 3
    assert end.said.trusted.waited_s < end.said.untrusted.waited_s
    end = pair(trusted, untrusted, total_s=1.0)  # of the two, the one who took longer
    assert (end.said.reason, end.at_fault) == (Reason.SLOW, Party.UNTRUSTED)


def test_it_never_connects(pair):
    end = pair(
        LISTEN,
        replace(pair.step("import time; time.sleep(30)"), has_channel=True),
        untrusted_rules=replace(PATIENT, start_s=0.5),
    )
    assert (end.said.ended_by, end.said.reason, end.at_fault) == (
        Party.UNTRUSTED,
        Reason.SILENT,
        Party.UNTRUSTED,
    )
    assert (end.trusted.outcome, end.trusted.stdout) == (Outcome.OK, b"None\n")
    end = pair(LISTEN, replace(pair.step("raise SystemExit(4)"), has_channel=True))
    assert (end.said.reason, end.at_fault) == (Reason.ABSENT, Party.UNTRUSTED)
    assert end.untrusted.exit_code == 4


@pytest.mark.parametrize(
    ("death", "outcome"),
    [
        ("os._exit(3)", Outcome.EXIT),
        ("os.kill(os.getpid(), 9)", Outcome.SIGNAL),
        ("hog = [bytearray(b'x' * 2**20) for _ in range(10_000)]", Outcome.MEMORY),
    ],
    ids=["exit", "signal", "memory"],
)
def test_it_dies(pair, death, outcome):
    end = pair(LISTEN, f"receive(); {death}", untrusted_rules=replace(QUICK, silence_s=15))
    assert (end.said.ended_by, end.said.reason) == (Party.UNTRUSTED, Reason.CLOSED)
    assert (end.untrusted.outcome, end.at_fault) == (outcome, Party.UNTRUSTED)
    assert (end.trusted.outcome, end.trusted.stdout) == (Outcome.OK, b"None\n")


def test_it_ends_early_and_in_order(pair):
    end = pair(LISTEN, "receive()")
    assert (end.said.ended_by, end.at_fault, end.untrusted.outcome) == (Party.UNTRUSTED, None, Outcome.OK)
    crashes = pair("send(b'go'); receive()[0]", "receive()")
    assert (crashes.trusted.outcome, crashes.at_fault) == (Outcome.EXIT, Party.UNTRUSTED)


@pytest.mark.parametrize("is_stdio", [True, False])
def test_a_last_answer_and_gone(pair, is_stdio):
    """Who does not wait to be told that it was right has done nothing wrong, and hurts nobody."""
    trusted = "send(b'?\\n'); print(receive()); time.sleep(0.5)\n"
    trusted += "for _ in range(9): send(b'right\\n' * 9999)\nprint(receive())"
    untrusted = "input(); print('!')" if is_stdio else "receive(); send(b'!\\n')"
    end = pair(trusted, untrusted, is_stdio=is_stdio)
    last = b"b''" if is_stdio else b"None"
    assert (end.trusted.stdout, end.at_fault) == (b"b'!\\n'\n" + last + b"\n", None), end
    assert (end.said.ended_by, end.said.reason) == (Party.UNTRUSTED, Reason.CLOSED)


def test_half_closed_either_way(pair):
    trusted = "send(b'a'); chan.shutdown(socket.SHUT_WR)\nwhile (body := receive()) is not None: print(body)"
    untrusted = "print(receive(), receive()); send(b'b'); chan.shutdown(socket.SHUT_WR); time.sleep(0.3)"
    end = pair(trusted, untrusted)
    assert (end.trusted.stdout, end.untrusted.stdout, end.at_fault) == (b"b'b'\n", b"b'a' None\n", None)


def test_stdin_closed_by_the_program_is_no_end(pair):
    untrusted = "import os, time; os.close(0); time.sleep(0.3); print('still here', flush=True)"
    trusted = "send(b'x' * 300_000); time.sleep(0.2); send(b'y'); print(receive(), receive())"
    end = pair(trusted, untrusted, is_stdio=True)
    assert (end.trusted.stdout, end.at_fault) == (b"b'still here\\n' b''\n", None), end


# ---- who does not read, is not read from ---------------------------------------------------------


class Watermark(threading.Thread):
    """Samples how much memory this process has in use while something runs."""

    def __enter__(self):
        self.process, self.is_over, self.highest = psutil.Process(), threading.Event(), 0
        self.before = self.process.memory_info().rss
        self.start()
        return self

    def run(self):
        while not self.is_over.wait(0.01):
            self.highest = max(self.highest, self.process.memory_info().rss)

    def __exit__(self, *_):
        self.is_over.set()
        self.join()

    @property
    def growth(self) -> int:
        return self.highest - self.before


FLOOD = "while True: send(bytes(1_000_000))"


def test_a_flood_stays_with_its_sender(pair):
    with Watermark() as watermark:
        end = pair("send(b'go'); time.sleep(30)", FLOOD, trusted_rules=replace(PATIENT, silence_s=1.0))
    assert watermark.growth < 12 * MIB
    assert end.said.untrusted.n_bytes < 8 * MIB
    # A trusted side that reads nothing is the organizer's trouble.
    assert (end.said.ended_by, end.said.reason) == (Party.TRUSTED, Reason.NOT_READING)
    assert (end.at_fault, end.untrusted.outcome) == (Party.TRUSTED, Outcome.CANCELLED)


def test_a_huge_frame_passes_through_without_staying(pair):
    untrusted = "head = struct.pack('>I', 100_000_000); chan.sendall(head); part = bytes(1_000_000)\n" \
        "for _ in range(100): chan.sendall(part)\nreceive()"  # fmt: skip
    trusted = "head = exactly(4); left = 100_000_000\n" \
        "while left: left -= len(chan.recv(min(left, 1 << 20)))\nprint('all')"  # fmt: skip
    rules = SideRules(max_frame_bytes=100_000_000, max_bytes=100_000_000)
    with Watermark() as watermark:
        end = pair(trusted, untrusted, first=Party.UNTRUSTED, untrusted_rules=rules)
    assert end.trusted.stdout == b"all\n"
    assert watermark.growth < 12 * MIB


def test_who_stopped_reading_first_is_blamed_for_both(pair):
    trusted = "send(b'go')\nwhile True: receive(); send(bytes(500_000))"
    end = pair(
        trusted,
        "while True: send(b'x' * 200_000)",
        trusted_rules=replace(PATIENT, silence_s=6),
        untrusted_rules=QUICK,
    )
    assert (end.said.reason, end.at_fault) == (Reason.NOT_READING, Party.UNTRUSTED)
    assert end.trusted.outcome in (Outcome.OK, Outcome.EXIT)


def test_stdin_never_read(pair):
    trusted = "send(bytes(1_000_000)); send(b''); print(receive())"
    end = pair(
        trusted, "import time; time.sleep(30)", is_stdio=True, untrusted_rules=replace(QUICK, start_s=1.5)
    )
    assert end.said.reason in (Reason.NOT_READING, Reason.SILENT)
    assert (end.said.ended_by, end.at_fault) == (Party.UNTRUSTED, Party.UNTRUSTED)


# ---- the trusted side -----------------------------------------------------------------------------


def test_the_trusted_side_closes_and_nobody_is_to_blame(pair):
    end = pair("send(b'go'); receive(); print('done')", "receive(); send(b'ok'); time.sleep(30)")
    assert (end.said.ended_by, end.said.reason) == (Party.TRUSTED, Reason.CLOSED)
    assert (end.at_fault, end.untrusted.outcome) == (None, Outcome.CANCELLED)
    assert (end.trusted.outcome, end.said.wall_time_s < 5) == (Outcome.OK, True)


def test_what_a_program_does_after_the_trusted_side_went_is_not_charged(pair):
    end = pair("send(b'go\\n')", "import sys; sys.stdin.read(); sys.exit(7)", is_stdio=True)
    assert (end.said.ended_by, end.at_fault) == (Party.TRUSTED, None)


@pytest.mark.parametrize(
    ("trusted", "reason"),
    [
        ("time.sleep(30)", Reason.SILENT),
        ("chan.send(struct.pack('>I', 2**31)); time.sleep(30)", Reason.FRAME_SIZE),
        ("send(b'{'); time.sleep(30)", Reason.GARBAGE),
        ("chan.send(b'\\0\\0'); chan.close()", Reason.CUT),
        ("while True: send(b'1' * 1000)", Reason.TOO_MANY_BYTES),
    ],
    ids=["silent", "boasting", "garbage", "half-a-frame", "flood"],
)
def test_a_breach_of_the_trusted_side_is_never_charged(pair, trusted, reason):
    rules = replace(QUICK, start_s=1.0 if reason is Reason.SILENT else 20.0, max_bytes=MIB)
    end = pair(trusted, "while receive(): pass", trusted_rules=rules, content=Content.JSON)
    assert (end.said.ended_by, end.said.reason) == (Party.TRUSTED, reason), end.said.detail
    assert end.at_fault is Party.TRUSTED
    assert end.untrusted.outcome in (Outcome.CANCELLED, Outcome.OK)
    assert end.trusted.outcome in (Outcome.CANCELLED, Outcome.OK)


def test_words_after_the_end_of_input(pair):
    end = pair("send(b''); send(b'more'); time.sleep(30)", "import time; time.sleep(30)", is_stdio=True)
    assert (end.said.reason, end.at_fault) == (Reason.GARBAGE, Party.TRUSTED)


@pytest.mark.parametrize(
    "death",
    ["os._exit(3)", "os.kill(os.getpid(), 9)", "hog = [bytearray(b'x' * 2**20) for _ in range(10_000)]"],
    ids=["exit", "signal", "memory"],
)
def test_the_trusted_side_dies(pair, death):
    end = pair(f"send(b'go'); {death}", "receive(); receive(); sys.exit(1)")
    assert (end.said.ended_by, end.at_fault) == (Party.TRUSTED, Party.TRUSTED)


def test_the_trusted_side_never_comes(pair):
    end = pair("", "time.sleep(30)")  # connects, and ends without a word: nothing was asked
    assert (end.said.ended_by, end.at_fault) == (Party.TRUSTED, None)
    asker = pair.provider.create(pair.profile())
    answerer = pair.provider.create(pair.profile())
    try:
        from sandboxes.conversation import ChannelRules
        from sandboxes.pairing import join

        asker.start(pair.step("raise SystemExit(0)", has_channel=True))
        answerer.start(pair.step("import time; time.sleep(30)", has_channel=True))
        said = join(asker, answerer, ChannelRules())
        assert (said.ended_by, said.reason) == (Party.TRUSTED, Reason.ABSENT)
        assert said.at_fault(asker.wait(), answerer.wait()) is Party.TRUSTED
    finally:
        asker.destroy()
        answerer.destroy()


def test_a_slow_trusted_side_is_not_the_participants_time_limit(pair):
    step = Step(
        replace(SMALL, wall_time_s=1.5), argv=("python3", "-c", "input(); input()"), has_stdio_channel=True
    )
    end = pair("send(b'go\\n'); time.sleep(4); send(b'on\\n')", step, is_stdio=True)
    assert end.untrusted.outcome in (Outcome.WALL_TIME, Outcome.CANCELLED)
    assert end.at_fault is not None


def test_called_off_from_outside(pair):
    sandboxes = [pair.provider.create(pair.profile()) for _ in range(2)]
    from sandboxes.conversation import ChannelRules
    from sandboxes.pairing import join
    from tests.conformance.pairs import FRAMES

    try:
        for sandbox in sandboxes:
            sandbox.start(pair.step(FRAMES + "time.sleep(30)", has_channel=True))
        threading.Timer(0.5, lambda: [sandbox.cancel() for sandbox in sandboxes]).start()
        began = time.monotonic()
        join(*sandboxes, ChannelRules())
        assert time.monotonic() - began < 5
        assert {sandbox.wait().outcome for sandbox in sandboxes} == {Outcome.CANCELLED}
    finally:
        for sandbox in sandboxes:
            sandbox.destroy()
