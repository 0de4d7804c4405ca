"""A friendly step: what it is given, what comes back."""

import json
import os
import textwrap

import pytest

from sandboxes.base import OutputSpec, Profile, Step
from sandboxes.errors import ImageMissing
from sandboxes.results import Outcome


def test_command_says_hello(attempt):
    result = attempt("import sys; print('hello'); print('oops', file=sys.stderr)")
    assert (result.outcome, result.exit_code, result.signal) == (Outcome.OK, 0, None)
    assert (result.stdout, result.stderr) == (b"hello\n", b"oops\n")


def test_module_runs_in_the_warm_interpreter(provider, attempt, code_folder):
    (code_folder / "hello.py").write_text(
        textwrap.dedent("""
        import sys, os
        if __name__ == "__main__":
            print(__name__, sys.argv[1:], os.getcwd(), "decimal" in sys.modules, sys.path[0])
            sys.stderr.write(os.environ["JUDGE_SEED"])
            sys.exit(3)
        """)
    )
    profile = Profile("python", attempt.limits, preload=("decimal",), code=(("mine", code_folder),))
    step = Step(attempt.limits, module="mine.hello", args=("a", "b"), seed=7)
    result = provider.create(profile).run(step)
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 3), result
    assert result.stdout == b"__main__ ['a', 'b'] /job/out True /job/code\n"
    assert result.stderr == b"7"


def test_module_with_an_error_prints_its_traceback(provider, attempt, code_folder):
    (code_folder / "bad.py").write_text("raise KeyError('nothing')\n")
    profile = Profile("python", attempt.limits, code=(("mine", code_folder),))
    result = provider.create(profile).run(Step(attempt.limits, module="mine.bad"))
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 1)
    assert b"KeyError: 'nothing'" in result.stderr


def test_inputs_are_readable_and_not_writable(attempt, tmp_path):
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "b").write_bytes(b"second")
    (tmp_path / "b").chmod(0o600)
    code = """
import os
for name in ("x.txt", "deep/er/y.txt"):
    path = "/job/in/" + name
    print(open(path).read())
    for act in (lambda: open(path, "w"), lambda: os.unlink(path), lambda: os.chmod(path, 0o777)):
        try: act()
        except OSError: pass
        else: print("CHANGED", path)
"""
    result = attempt(code, inputs={"x.txt": tmp_path / "a", "deep/er/y.txt": tmp_path / "b"})
    assert result.stdout == b"first\nsecond\n", result
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def test_immutable_inputs_are_linked_not_copied(attempt, tmp_path):
    blob = tmp_path / "blob"
    blob.write_bytes(b"x" * 100)
    blob.chmod(0o444)
    result = attempt("import os; print(os.stat('/job/in/blob').st_nlink)", inputs={"blob": blob})
    assert int(result.stdout) == (2 if blob.stat().st_dev == attempt.provider.run_dir.stat().st_dev else 1)


def test_outputs_come_back(attempt):
    code = """
import os
open("a.bin", "wb").write(bytes(range(256)))
os.makedirs("deep/er"); open("deep/er/b.txt", "w").write("b")
open("secret.txt", "w").write("not asked for")
"""
    result = attempt(code, outputs=("a.bin", "deep/er/b.txt", OutputSpec("absent", 10, is_required=False)))
    assert result.outcome is Outcome.OK, result
    assert result.outputs == {"a.bin": bytes(range(256)), "deep/er/b.txt": b"b"}


def test_large_output_and_stdin_travel_whole(attempt):
    code = "import sys; open('copy', 'wb').write(sys.stdin.buffer.read())"
    body = os.urandom(3_000_001)
    result = attempt(code, outputs=(OutputSpec("copy", len(body)),), stdin=body)
    assert result.outputs["copy"] == body


def test_without_stdin_it_is_empty(attempt):
    assert attempt("import sys; print(repr(sys.stdin.read()))").stdout == b"''\n"


def test_environment_is_ours_alone(attempt, monkeypatch):
    monkeypatch.setenv("JUDGE_SECRET_KEY", "host-secret")
    code = """
import json, os
seen = "".join(open(f"/proc/{p}/environ").read() for p in ("self",))
print(json.dumps([dict(os.environ), "host-secret" in seen]))
"""
    environment, leaks = json.loads(attempt(code, env={"EXTRA": "1"}, seed=5).stdout)
    assert not leaks
    assert environment["EXTRA"] == "1"
    assert environment["PYTHONHASHSEED"] == environment["JUDGE_SEED"] == "5"
    assert not [name for name in environment if "SECRET" in name or "PIP" in name or "PROXY" in name.upper()]


def test_unknown_command_and_unknown_image(provider, attempt):
    with attempt.sandbox() as sandbox:
        result = sandbox.run(Step(attempt.limits, argv=("no-such-program",)))
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 127)
    assert b"no-such-program" in result.stderr
    with pytest.raises(ImageMissing):
        provider.create(Profile("no-such-image", attempt.limits))
    with pytest.raises(ImageMissing):
        provider.image_digest("no-such-image")


def test_digest_is_stable(provider):
    assert provider.image_digest("python") == provider.image_digest("python")
    assert "sha256:" in provider.image_digest("python")


def test_usage_is_measured(attempt):
    code = """
import time
data = bytearray(40 << 20)
end = time.process_time() + 0.3
while time.process_time() < end: pass
time.sleep(0.3)
"""
    usage = attempt(code).usage
    assert 0.55 < usage.wall_time_s < 3
    assert 0.25 < usage.cpu_time_s < 0.6
    assert 40 < usage.peak_memory_mib <= 128
    assert usage.measured_by in ("cgroup", "supervisor")


@pytest.mark.parametrize(
    "changes",
    [
        {"argv": ()},
        {"module": "this"},
        {"env": {"A": "nul\0"}},
        {"outputs": (OutputSpec("../escape", 1),)},
        {"outputs": (OutputSpec("/etc/passwd", 1),)},
        {"stdin": bytes(64 * 1024 * 1024 + 1)},
        {"argv": ("true", "\ud800")},
        {"argv": ("true", "\U0001f600" * 40_000)},
        {"argv": ("",)},
        {"argv": (), "module": "m" * 200_000},
        {"env": {"A": "\ud800"}},
        {"seed": 10**5000},
    ],
)
def test_malformed_steps_are_refused(attempt, changes):
    fields = {"argv": ("true",), **changes}
    with attempt.sandbox() as sandbox:
        with pytest.raises(ValueError):
            sandbox.start(Step(attempt.limits, **fields))
        assert sandbox.is_alive(), "what was refused did not use it up"


def test_step_above_the_ceiling_is_refused(attempt):
    with attempt.sandbox() as sandbox, pytest.raises(ValueError, match="memory_mib"):
        sandbox.start(attempt.step("pass", limits={"memory_mib": 129}))


def test_one_sandbox_one_step(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("pass"))
        assert sandbox.wait().outcome is Outcome.OK
        with pytest.raises(RuntimeError):
            sandbox.start(attempt.step("pass"))
