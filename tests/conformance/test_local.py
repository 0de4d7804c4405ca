"""What only the local provider promises: it works for an ordinary user, and leaves no group behind."""

# ruff: noqa: E501 - hostile programs are quoted whole

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import pytest

from sandboxes.base import Profile, Step
from sandboxes.cgroups import CgroupTree
from sandboxes.errors import ImageMissing
from sandboxes.limits import Limits
from sandboxes.local.view import host_view
from sandboxes.results import Outcome

ROOT = Path(__file__).resolve().parents[2]
SMOKE = """
import sys, json
from dataclasses import replace
from pathlib import Path
from sandboxes.base import Case, OutputSpec, Profile, Step
from sandboxes.limits import Limits
from sandboxes.local import Local

provider = Local("smoke", Path(sys.argv[1]))
limits = Limits(wall_time_s=20, cpu_time_s=1, memory_mib=96, n_processes=16, stdout_kib=16)
programs = {
    "ok": "import os; open('x', 'w').write(str(os.getuid()))",
    "wall_time": "import time; time.sleep(60)",
    "cpu_time": "while True: pass",
    "memory": "d = []\\nwhile True: d.append(bytearray(b'x') * (2 << 20))",
    "output_flood": "while True: print('x' * 5000)",
    "security": "import os; os.symlink('/etc/passwd', 'x')",
    "disk": "open('/tmp/f', 'wb').write(bytes(200 << 20))",
    "exit": "raise SystemExit(3)",
    "signal": "import os; os.kill(os.getpid(), 9)",
}
hidden = "import os\\nprint([p for p in ('/root/.ssh', '/home', '/var', sys.argv[1]) if os.path.exists(p)])"
found = {}
for name, code in programs.items():
    # Only the sleeper meets the clock: on a busy machine a second of CPU may take many.
    asked = replace(limits, wall_time_s=1) if name == "wall_time" else limits
    step = Step(asked, argv=("python3", "-c", code), outputs=(OutputSpec("x", 100),))
    result = provider.create(Profile("python", limits)).run(step)
    found[name] = result.outcome.value
bomb = "import os\\nwhile True:\\n try: os.fork()\\n except OSError: pass"
found["bomb"] = provider.create(Profile("python", limits)).run(Step(limits, argv=("python3", "-c", bomb))).outcome.value
series = provider.create(Profile("python", limits))
series.start(Step(limits, has_cases=True))
leave = '''
import os, time
for folder in ("/tmp", "/job/out", "/dev/shm"):
    os.mkdir(folder + "/d"); open(folder + "/d/f", "w").close(); os.chmod(folder + "/d", 0); os.chmod(folder, 0o100)
if os.fork() == 0: os.setsid(); time.sleep(60)
'''
look = '''
import os
print([os.listdir(f) for f in ("/tmp", "/job/out", "/dev/shm")])
print([p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())])
'''
found["cases"] = [series.run_case(Case(("python3", "-c", code), limits)).stdout.decode() for code in (leave, look)]
provider.close()
found["left"] = [p.name for p in Path(sys.argv[1]).glob("sb-*")]
found["weaknesses"] = provider.report().weaknesses
print(json.dumps(found))
"""


def test_as_an_ordinary_user(tmp_path):
    site = next(path for path in sys.path if path.endswith("site-packages"))
    command = [sys.executable, "-c", SMOKE]
    run_dir = Path("/tmp") / f"judge-smoke-{os.getpid()}"
    run_dir.mkdir()
    try:
        if os.geteuid() == 0:
            # Root's interpreter may lie in a home that others cannot enter; the system's cannot.
            python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
            os.chown(run_dir, 65534, 65534)
            drop = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            command = [*drop, python, "-c", SMOKE]
        environment = {"PATH": os.defpath, "PYTHONPATH": f"{ROOT}:{site}", "PYTHONDONTWRITEBYTECODE": "1"}
        answer = subprocess.run(
            [*command, str(run_dir)], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert answer.returncode == 0, answer.stderr
        found = json.loads(answer.stdout)
    finally:
        shutil.rmtree(run_dir)
    assert {"no-cgroup", "supervisor-shares-user"} <= set(found.pop("weaknesses"))
    assert found.pop("left") == []
    assert found.pop("cases") == ["", "[[], [], []]\n[]\n"]
    assert found.pop("bomb") in ("cpu_time", "wall_time")
    assert found == {name: name for name in found}


def test_no_control_group_is_left(local_provider):
    limits = Limits(memory_mib=64)
    local_provider.create(Profile("python", limits)).run(Step(limits, argv=("true",)))
    local_provider.settle()
    living = {f"sb-{name}" for name in local_provider._living}
    for parent in CgroupTree().parents.values():
        names = {path.name for path in parent.glob("sb-*")} if parent.exists() else set()
        mine = {path.name for path in local_provider.run_dir.glob("sb-*")}
        assert names & mine <= living


def test_image_stands_for_this_environment(local_provider, monkeypatch):
    digest = local_provider.image_digest("python-ml")
    assert digest.startswith("local:sha256:")
    monkeypatch.setattr(metadata, "distributions", lambda: iter(()))
    with pytest.raises(ImageMissing, match="torch"):
        local_provider.image_digest("python-ml")


def test_heavy_preload_is_warm(local_provider, code_folder):
    (code_folder / "fit.py").write_text(
        "import sys\nassert 'sklearn.linear_model' in sys.modules\n"
        "from sklearn.linear_model import LinearRegression\n"
        "print(LinearRegression().fit([[0], [1]], [1, 3]).coef_[0].round(6))\n"
    )
    limits = Limits(memory_mib=1024)
    profile = Profile(
        "python-ml", limits, preload=("numpy", "sklearn.linear_model"), code=(("mine", code_folder),)
    )
    result = local_provider.create(profile).run(Step(limits, module="mine.fit"))
    assert (result.outcome, result.stdout) == (Outcome.OK, b"2.0\n"), result
    assert result.usage.wall_time_s < 0.5


def test_an_environment_below_a_fresh_folder_is_shown_elsewhere(monkeypatch, tmp_path):
    prefix = Path("/tmp/checkout/.venv")
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setattr(sys, "executable", str(prefix / "bin/python"))
    view = host_view()
    assert view.interpreter() == Path("/opt/environment/bin/python")
    assert view.inside(prefix / "lib/x.py") == Path("/opt/environment/lib/x.py")
    assert view.inside(Path("/usr/lib")) == Path("/usr/lib")


def test_a_real_environment_in_tmp_works(tmp_path):
    """A checkout in /tmp: its environment would vanish below the sandbox's own /tmp."""
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", folder / "env"], check=True)
        site = next((folder / "env").glob("lib/python3*/site-packages"))
        (site / "only_here.py").write_text("WORD = 'found'\n")
        code = (
            "import sys; from pathlib import Path; from sandboxes.base import *; from sandboxes.local import Local\n"
            "local = Local('tmp', Path(sys.argv[1]))\n"
            "step = Step(Limits(), argv=('python', '-c', 'import only_here; print(only_here.WORD)'))\n"
            "print(local.create(Profile('python', Limits(), preload=('only_here',))).run(step).stdout)\n"
            "local.close()\n"
        )
        run_dir = tmp_path / "run"
        run_dir.mkdir()
        answer = subprocess.run(
            [folder / "env/bin/python", "-c", code, run_dir],
            env={"PATH": os.defpath, "PYTHONPATH": f"{ROOT}:{libraries}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        shutil.rmtree(folder)
    assert answer.returncode == 0, answer.stderr
    assert "found" in answer.stdout
