"""The supervisor and the participant are different users, and the participant has no way to the other."""

# ruff: noqa: E501 - hostile programs are quoted whole

import json

from sandboxes.base import OutputSpec, Step
from sandboxes.results import Outcome
from sandboxes.users import FIRST_WIDE, has_wide_map

STATUS = """
def status(pid):
    return dict(line.split(":\\t") for line in open(f"/proc/{pid}/status").read().splitlines() if ":\\t" in line)
"""


def test_the_supervisor_is_another_user_and_keeps_three_capabilities(attempt):
    code = STATUS + "import json; print(json.dumps([status(1), status('self')]))"
    result = attempt(code)
    assert result.outcome is Outcome.OK, result.stderr
    supervisor, participant = json.loads(result.stdout)
    ids = {tuple(status[name].split()) for status in (supervisor, participant) for name in ("Uid", "Gid")}
    assert len(ids) == 2
    assert all(len(set(four)) == 1 and four[0] != "0" for four in ids)
    assert supervisor["Uid"] != participant["Uid"]
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(participant[name], 16) == 0, name
    assert (
        int(supervisor["CapBnd"], 16) == int(supervisor["CapInh"], 16) == int(supervisor["CapAmb"], 16) == 0
    )
    assert int(supervisor["CapPrm"], 16) == 1 << 5 | 1 << 6 | 1 << 7  # kill, setgid, setuid
    assert participant["NoNewPrivs"] == supervisor["NoNewPrivs"] == "1"
    assert participant.get("Groups", "").strip() == ""


def test_a_module_is_forked_into_the_participant_too(provider, attempt, code_folder):
    (code_folder / "look.py").write_text("print(open('/proc/self/status').read())")
    profile = attempt.profile()
    profile = type(profile)(profile.image, profile.limits, code=(("mine", code_folder),))
    result = provider.create(profile).run(Step(attempt.limits, module="mine.look"))
    fields = dict(line.split(":\t") for line in result.stdout.decode().splitlines() if ":\t" in line)
    assert all(int(fields[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    assert int(fields["Uid"].split()[0]) != 0


def test_nothing_reaches_the_supervisor(attempt):
    code = """
import ctypes, json, os, resource, signal
libc = ctypes.CDLL(None, use_errno=True)
done = []
for act in (
    lambda: os.kill(1, 0), lambda: os.kill(1, signal.SIGSTOP), lambda: os.kill(1, signal.SIGKILL),
    lambda: signal.pidfd_send_signal(os.pidfd_open(1), signal.SIGKILL), lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.sched_setaffinity(1, {0}), lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
    lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (1, 1)),
    lambda: open("/proc/1/mem", "rb"), lambda: open("/proc/1/environ", "rb").read(), lambda: os.listdir("/proc/1/fd"),
    lambda: open("/proc/1/maps").read(1), lambda: open("/proc/1/oom_score_adj", "w").write("1000"),
    lambda: os.setuid(0), lambda: os.setuid(os.stat("/proc/1/task").st_uid), lambda: os.setresuid(0, 0, 0),
    lambda: os.setgroups([0]), lambda: os.chown("/tmp", os.getuid(), -1), lambda: os.rename("/tmp", "/tmp2"),
):
    try: act(); done.append(act.__code__.co_consts)
    except OSError: pass
for request in (16, 0x4206):  # attach, seize
    if libc.ptrace(request, 1, None, None) == 0: done.append(request)
header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(1 << 7, 1 << 7, 0, 0, 0, 0)
if libc.capset(header, sets) == 0: done.append("capset")
os.kill(os.getpid(), 0)  # the same call works where it is allowed
print(done)
"""
    result = attempt(code)
    assert (result.outcome, result.stdout) == (Outcome.OK, b"[]\n"), result


def test_a_user_is_one_sandbox_s_alone(attempt):
    code = "import os; print(os.getuid()); open('x', 'w').write('x'); import time; time.sleep(0.5)"
    with attempt.sandbox() as first, attempt.sandbox() as second:
        for sandbox in (first, second):
            sandbox.start(attempt.step(code))
        uids = {int(sandbox.wait().stdout) for sandbox in (first, second)}
    assert len(uids) == 2
    # Other workers of this host draw from the same ids; among so many they do not meet.
    assert not has_wide_map() or min(uids) >= FIRST_WIDE


def test_outputs_that_others_cannot_read_come_back(attempt):
    code = "import os; os.mkdir('d'); open('d/x', 'w').write('mine'); os.chmod('d/x', 0o600); os.chmod('d', 0o700); os.umask(0o777)"
    assert attempt(code, outputs=(OutputSpec("d/x", 10),)).outputs == {"d/x": b"mine"}


def test_what_resists_is_killed_with_everything_else(attempt):
    code = "import os, signal, time\nfor _ in range(5):\n if os.fork() == 0:\n  os.setsid(); signal.signal(15, signal.SIG_IGN); time.sleep(60)\nprint('done')"
    result = attempt(code)
    assert (result.outcome, result.stdout) == (Outcome.OK, b"done\n")
    assert result.usage.wall_time_s < 3


def test_number_of_processes_is_the_participant_s_alone(attempt):
    code = "import os, time\nn = 0\ntry:\n while True:\n  if os.fork() == 0: time.sleep(30)\n  n += 1\nexcept OSError: print(n)"
    result = attempt(code)
    assert int(result.stdout) == attempt.limits.n_processes - 1


def test_the_supervisor_goes_first_and_the_participant_is_like_any_other(attempt):
    code = "import os; print(os.getpriority(os.PRIO_PROCESS, 1), os.nice(0), os.sched_getscheduler(0))"
    assert attempt(code).stdout == b"-15 0 0\n"
    try_more = "import os\ntry: os.nice(-1); print('more')\nexcept OSError: print('refused')"
    assert attempt(try_more).stdout == b"refused\n"
