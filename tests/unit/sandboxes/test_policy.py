import json

import pytest

from sandboxes.limits import Limits
from sandboxes.policy import UNCOUNTED_MEMORY, compile_bpf, docker_profile

DENIED = {
    "ptrace", "process_vm_readv", "process_vm_writev", "keyctl", "add_key", "request_key", "io_uring_setup",
    "io_uring_enter", "bpf", "perf_event_open", "userfaultfd", "mount", "umount2", "pivot_root", "unshare",
    "setns", "kexec_load", "init_module", "finit_module", "delete_module", "open_by_handle_at", "pidfd_getfd",
    "memfd_secret", "move_mount", "fsopen", "swapon", "reboot", "settimeofday", "clock_settime", "acct",
}  # fmt: skip


def test_denied_calls_are_not_allowed_anywhere():
    profile = json.loads(docker_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = {
        name for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]
    }
    assert not allowed & DENIED
    assert {"read", "execve", "clone", "openat", "setresuid", "pidfd_open"} <= allowed


def test_every_rule_on_clone_socket_and_limits_has_a_condition():
    for rule in json.loads(docker_profile())["syscalls"]:
        if {"clone", "socket", "prlimit64", "personality"} & set(rule["names"]):
            assert rule["args"]


def test_compiles_to_whole_instructions():
    everything, less = compile_bpf(), compile_bpf(UNCOUNTED_MEMORY)
    assert everything
    assert less
    assert len(everything) % 8 == len(less) % 8 == 0
    assert len(everything) // 8 < 4096
    assert everything != less


@pytest.mark.parametrize("name", Limits.__slots__)
def test_limits_must_be_positive(name):
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
