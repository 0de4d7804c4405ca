"""What a profile asks for is what a sandbox gets, or a typed error; of what was refused nothing is left."""

import gc
import json
import math
import os
import subprocess
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes.base import OutputSpec, Profile, Step
from sandboxes.capacity import MIN_MEMORY_MIB
from sandboxes.cgroups import CgroupTree
from sandboxes.errors import ImageMissing, LimitsUnmet, SandboxStartFailed
from sandboxes.launch import INSIDE
from sandboxes.limits import MIB, Limits
from sandboxes.results import Outcome

HUGE = 2**31 - 1


@pytest.fixture
def inspected(docker_provider, attempt):
    """What the engine says of a live sandbox."""
    sandbox = docker_provider.create(Profile("python", replace(attempt.limits, n_cpus=0.5)))
    try:
        yield docker_provider.client.containers.get(f"judge-{sandbox.id}").attrs
    finally:
        sandbox.destroy()


@pytest.fixture
def provider(request, docker_provider):
    """Only for `inspected`: there is nothing to inspect with the local provider."""
    return docker_provider


@pytest.mark.docker
def test_every_wall_is_up(inspected, attempt):
    host, config = inspected["HostConfig"], inspected["Config"]
    limits = attempt.limits
    memory = limits.memory_mib * MIB
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert set(host["CapAdd"]) <= {"SETUID", "SETGID", "KILL", "SETPCAP"}, "the supervisor's, dropped at once"
    assert host["Memory"] == host["MemorySwap"] == memory
    assert limits.n_processes < host["PidsLimit"] <= limits.n_processes + 32
    assert host["NanoCpus"] == 500_000_000
    assert len(host["CpusetCpus"].split(",")) == 1
    assert {one["Name"]: one["Hard"] for one in host["Ulimits"]} == {
        "core": 0, "fsize": limits.file_mib * MIB, "nofile": limits.n_open_files + 128,
    }  # fmt: skip
    assert host["LogConfig"]["Type"] == "none"
    assert host["IpcMode"] == "none"
    assert host["PidMode"] == host["UTSMode"] == host["UsernsMode"] == ""
    assert host["Privileged"] is False
    assert host["OomScoreAdj"] > 0
    assert not host["Devices"]
    assert not host["DeviceRequests"]
    assert host["RestartPolicy"]["Name"] in {"", "no"}
    options = host["SecurityOpt"]
    assert "no-new-privileges" in options
    policy = next(option for option in options if option.startswith("seccomp="))
    assert json.loads(policy.removeprefix("seccomp="))["defaultAction"] == "SCMP_ACT_ERRNO"
    assert {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"} <= set(host["MaskedPaths"])
    assert {"/proc/sys", "/proc/sysrq-trigger"} <= set(host["ReadonlyPaths"])
    assert config["Hostname"] == "sandbox"
    assert not any(mount["RW"] for mount in inspected["Mounts"] if mount["Type"] != "tmpfs")
    sizes = {path: option.split(",")[0] for path, option in host["Tmpfs"].items()}
    assert sizes["/tmp"] == f"size={limits.scratch_mib}m"
    assert sizes["/job/out"] == f"size={limits.output_mib}m"
    assert sizes["/dev/shm"] == f"size={limits.shm_mib}m"
    variables = {entry.partition("=")[0] for entry in config["Env"]}
    assert not {name for name in variables if "JUDGE" in name or "DOCKER" in name or "SECRET" in name}


class OnBoth:
    """With each provider in turn."""

    @pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
    def provider(self, request):
        return request.getfixturevalue(f"{request.param}_provider")


class TestUnmet(OnBoth):
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"memory_mib": HUGE}, r"memory_mib.*MiB.*this host has \d+"),
            ({"n_cpus": 4096.0}, r"n_cpus asks for 4096 cores, this host has \d+"),
            ({"n_processes": HUGE}, "n_processes"),
            ({"n_open_files": HUGE}, "n_open_files"),
            ({"output_mib": HUGE}, "output_mib"),
            ({"scratch_mib": HUGE}, "scratch_mib"),
            ({"shm_mib": HUGE}, "shm_mib"),
            ({"stdout_kib": HUGE}, "stdout_kib"),
            ({"memory_mib": 1}, f"memory_mib=1 is below.*{MIN_MEMORY_MIB}"),
        ],
    )
    def test_more_than_the_host_has(self, provider, changes, said):
        with pytest.raises(LimitsUnmet, match=said) as raised:
            provider.create(Profile("python", Limits(**changes)))
        assert raised.value.is_retryable, "another host may have more"

    def test_all_that_is_unmet_is_said_at_once(self, provider):
        with pytest.raises(LimitsUnmet, match=r"memory_mib.*n_cpus"):
            provider.create(Profile("python", Limits(memory_mib=HUGE, n_cpus=4096)))

    def test_all_there_is_can_be_had(self, provider, attempt):
        """The bounds themselves work: everything this host has, in one sandbox."""
        there = provider.capacity
        limits = replace(
            attempt.limits, n_cpus=len(there.cores), memory_mib=there.memory_mib, file_mib=HUGE,
            output_mib=there.memory_mib, shm_mib=there.memory_mib,
        )  # fmt: skip
        code = "import os; print(sorted(os.sched_getaffinity(0)))"
        step = Step(limits, argv=("python3", "-c", code))
        result = provider.create(Profile("python", limits)).run(step)
        assert json.loads(result.stdout) == list(there.cores)

    def test_the_least_there_may_be_works(self, provider, attempt):
        limits = replace(attempt.limits, memory_mib=MIN_MEMORY_MIB)
        result = provider.create(Profile("python", limits)).run(Step(limits, argv=("true",)))
        assert result.outcome is Outcome.OK

    def test_unknown_image(self, provider, attempt):
        with pytest.raises(ImageMissing, match="no-such-image"):
            provider.create(Profile("no-such-image", attempt.limits))
        with pytest.raises(ImageMissing, match="no-such-image"):
            provider.image_digest("no-such-image")

    @pytest.mark.parametrize("image", ["", "../python", "python:latest/..", "UPPER CASE", "a\0b", "-v"])
    def test_image_names_that_are_none(self, provider, attempt, image):
        with pytest.raises(ImageMissing):
            provider.create(Profile(image, attempt.limits))

    @pytest.mark.parametrize(
        "outputs",
        [
            [OutputSpec("../escape", 10)],
            [OutputSpec("/etc/passwd", 10)],
            [OutputSpec("a/../../b", 10)],
            [OutputSpec("a\0b", 10)],
            [OutputSpec("", 10)],
            [OutputSpec("twice", 10), OutputSpec("twice", 20)],
            [OutputSpec("big", -1)],
            [OutputSpec("big", True)],
            [OutputSpec("big", math.inf)],
            [OutputSpec("big", 2**70)],
            [OutputSpec(f"{number}", 10) for number in range(101)],
            [OutputSpec("deep/" * 128 + "er", 10)],
            [OutputSpec(f"{'long' * 60}/" * 8 + f"{number}", 10) for number in range(100)],
        ],
        ids=lambda outputs: f"{outputs[-1].name!r:.12}-{outputs[-1].max_bytes!s:.6}",
    )
    def test_outputs_that_make_no_sense(self, attempt, outputs):
        with attempt.sandbox() as sandbox:
            with pytest.raises(ValueError):
                sandbox.start(Step(attempt.limits, argv=("true",), outputs=outputs))
            sandbox.start(Step(attempt.limits, argv=("true",)))
            assert sandbox.wait().outcome is Outcome.OK, "what was refused did not use it up"

    def test_nothing_is_left_of_what_was_refused(self, provider, attempt):
        for _ in range(2):  # the first round opens connections that stay
            before = self.traces(provider)
            for profile, error in (
                (Profile("no-such-image", attempt.limits), ImageMissing),
                (Profile("python", Limits(memory_mib=HUGE)), LimitsUnmet),
                (Profile("python", attempt.limits, code=(("x", Path("/nonexistent")),)), ValueError),
                (Profile("python", attempt.limits, code=(("x", INSIDE),) * 2), ValueError),
                (Profile("python", attempt.limits, preload=("no_such_module",)), SandboxStartFailed),
            ):
                with pytest.raises(error):
                    provider.create(profile)
            assert provider.settle()
            gc.collect()
        assert self.traces(provider) == before

    @staticmethod
    def traces(provider):
        provider.settle()
        slots = sorted(path.name for path in provider.run_dir.glob("sb-*"))
        containers = []
        if provider.name == "docker":
            found = provider.client.containers.list(
                all=True,
                ignore_removed=True,
                filters={"label": f"org.openmodels.judge.owner={provider.owner}"},
            )
            containers = sorted(container.name for container in found)
        threads = sorted(thread.name for thread in threading.enumerate())
        return slots, containers, threads, len(list(Path("/proc/self/fd").iterdir()))


class TestCores(OnBoth):
    CODE = "import os; print(sorted(os.sched_getaffinity(0)))"

    def test_each_has_its_own_while_there_are_enough(self, provider, attempt):
        cores = provider.capacity.cores
        sandboxes = [provider.create(attempt.profile()) for _ in cores]
        step = attempt.step(f"{self.CODE}; import time; time.sleep(1)")
        try:
            for sandbox in sandboxes:
                sandbox.start(step)
            seen = [json.loads(sandbox.wait().stdout) for sandbox in sandboxes]
        finally:
            for sandbox in sandboxes:
                sandbox.destroy()
        assert sorted(core for one in seen for core in one) == list(cores)

    def test_asking_for_less_than_the_profile_pins_to_less(self, provider, attempt):
        n_cores = len(provider.capacity.cores)
        wide = Profile("python", replace(attempt.limits, n_cpus=n_cores))
        step = Step(attempt.limits, argv=("python3", "-c", self.CODE))
        assert len(json.loads(provider.create(wide).run(step).stdout)) == 1

    def test_a_module_is_pinned_too(self, provider, attempt, code_folder):
        (code_folder / "where.py").write_text(self.CODE)
        profile = replace(attempt.profile(), code=(("where.py", code_folder / "where.py"),))
        result = provider.create(profile).run(Step(attempt.limits, module="where"))
        assert len(json.loads(result.stdout)) == 1

    def test_pinning_cannot_be_undone_where_a_group_pins(self, provider, attempt):
        others = provider.capacity.cores
        code = f"import os\ntry: os.sched_setaffinity(0, {set(others)})\nexcept OSError: pass\n{self.CODE}"
        assert len(json.loads(attempt(code).stdout)) == 1


class TestZombies(OnBoth):
    def test_orphans_are_reaped(self, attempt):
        """PID 1 is our supervisor; it waits for whatever is left to it, so no second init is needed."""
        code = """
            import os, time
            for _ in range(10):
                if os.fork() == 0:
                    if os.fork() == 0:
                        os._exit(0)  # an orphan by then, or soon
                    os._exit(0)
                os.wait()
            def states():
                for name in filter(str.isdigit, os.listdir("/proc")):
                    try:
                        yield open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[0]
                    except OSError:
                        pass
            deadline = time.monotonic() + 5
            while (n := list(states()).count("Z")) and time.monotonic() < deadline:
                time.sleep(0.05)
            print(n, len(list(states())))
        """
        n_zombies, n_processes = map(int, attempt(textwrap.dedent(code)).stdout.split())
        assert n_zombies == 0
        assert n_processes <= 3


def test_groups_that_nobody_is_in_are_swept():
    """A group outlives its slot when its last process took too long to die."""
    tree = CgroupTree(f"openmodels-judge-test-{os.getpid()}")
    assert tree.is_usable(), "the tests of control groups need root"
    tree.make("sb-empty", Limits())
    tree.make("sb-full", Limits())
    with subprocess.Popen(["sleep", "60"]) as inhabitant:
        try:
            for file in tree.entry_files("sb-full"):
                file.write_text(str(inhabitant.pid))
            assert tree.sweep("sb-", empty_for_s=60.0) == 0, "it may be about to be entered"
            assert tree.sweep("sb-", empty_for_s=0.0) == 1
            assert all(file.exists() for file in tree.entry_files("sb-full"))
            assert not any(file.exists() for file in tree.entry_files("sb-empty"))
        finally:
            inhabitant.kill()
            inhabitant.wait()
            tree.remove("sb-full")
            for parent in tree.parents.values():
                parent.rmdir()
