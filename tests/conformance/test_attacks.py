"""Every hostile program against every provider, by the road it names, two at a time."""

# ruff: noqa: E501 - hostile programs are quoted whole

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from judge.worker.attack import N_AT_ONCE, besieged, weigh_fight
from sandboxes.attack.arena import Fight
from sandboxes.attack.bait import PREFIX
from sandboxes.attack.cards import ITEMS, BadCard, Road, Runs, load_cards, read_card
from sandboxes.gpus import find_inventory
from sandboxes.results import Outcome, StepResult, Usage

ROOT = Path(__file__).resolve().parents[2]
CARDS = {card.name: card for card in load_cards()}
DOCKER = pytest.mark.docker
GPU = pytest.mark.gpu
PAIRS = [
    *(pytest.param("local", name, id=f"local-{name}") for name, card in CARDS.items() if not card.needs_gpu),
    *(
        pytest.param("docker", name, id=f"docker-{name}", marks=[DOCKER, GPU] if card.needs_gpu else [DOCKER])
        for name, card in CARDS.items()
    ),
]
IN_A_SANDBOX = {Road.STEP, Road.CASES}


@pytest.fixture(scope="module")
def local_siege(local_provider):
    with besieged(local_provider) as siege:
        yield siege


@pytest.fixture(scope="module")
def docker_siege(docker_provider):
    from sandboxes.docker.images import ImageBuilder

    ImageBuilder(docker_provider.client).build("python-ml")
    gpus = find_inventory().list_gpus()
    with besieged(docker_provider, tuple(gpu.id for gpu in gpus[:1])) as siege:
        yield siege


@pytest.fixture(scope="module")
def trials(request):
    """Start every chosen attack of a provider when its first is asked for; each test waits for its own."""
    executor = ThreadPoolExecutor(N_AT_ONCE, thread_name_prefix="attack")
    running = {}

    def trial(kind, name):
        if (kind, name) not in running:
            siege = request.getfixturevalue(f"{kind}_siege")
            chosen = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
            names = [params["name"] for params in chosen if params.get("kind") == kind and "name" in params]
            running.update({(kind, one): executor.submit(siege.attempt, CARDS[one]) for one in names})
        return running[kind, name].result()

    yield trial
    executor.shutdown(cancel_futures=True)


@pytest.mark.timeout(200)
@pytest.mark.parametrize(("kind", "name"), PAIRS)
def test_attack_is_contained(trials, kind, name):
    trial = trials(kind, name)
    assert trial.could_run, trial.complaint
    assert trial.complaint == "", f"{trial.card.title} It tries {trial.card.tries}"


def test_the_suite_is_complete():
    assert len(CARDS) >= 80
    covered = {item for card in CARDS.values() for item in card.covers}
    assert ITEMS - covered == set()
    assert {card.road for card in CARDS.values()} == set(Road)
    assert {card.runs for card in CARDS.values()} == set(Runs)
    table = (ROOT / "tests/conformance/attacks/README.md").read_text()
    assert [name for name in CARDS if name not in table] == []


GOOD = ["A title.", "", "Tries: something.", "Covers: sleep", "Road: step", "Must: TLE or AC"]


def card_of(tmp_path, lines, code="pass"):
    folder = tmp_path / "group"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "tests/conformance/attacks/probe.py", tmp_path / "probe.py")
    path = folder / "program.py"
    path.write_text('"""' + "\n".join(lines) + '\n"""\n' + code)
    return read_card(path)


def test_a_card_is_read(tmp_path):
    card = card_of(tmp_path, [*GOOD[:3], "    and more", *GOOD[3:], "Limits: wall_time_s=0.5 n_processes=7"])
    assert (card.name, card.title, card.tries) == ("group/program", "A title.", "something. and more")
    assert (card.must, card.limits.wall_time_s, card.limits.n_processes) == ({"TLE", "AC"}, 0.5, 7)


@pytest.mark.parametrize(
    "lines",
    [
        [""],
        ["A title."],
        GOOD[:5],
        [*GOOD, "Unheard: of"],
        [*GOOD, "Must: AC"],
        [*GOOD[:5], "Must: FINE"],
        [*GOOD[:5], "Must: JE"],
        [*GOOD[:3], "Covers: nothing-known", *GOOD[4:]],
        [*GOOD[:4], "Road: sky", GOOD[5]],
        [*GOOD[:4], "Road: model csv", GOOD[5]],
        [*GOOD, "Limits: patience_s=3"],
        [*GOOD, "Limits: wall_time_s=-1"],
        [*GOOD, "Runs: thrice"],
        [*GOOD, "Unless: no-seccomp"],
        [*GOOD, "Image: ubuntu"],
        ["A title.", "stray text", *GOOD[2:]],
    ],
)
def test_a_card_that_is_not_understood_stops_the_run(tmp_path, lines):
    with pytest.raises(BadCard, match="group/program"):
        card_of(tmp_path, lines)


@pytest.mark.parametrize(
    ("code", "more", "complaint"),
    [
        ("print('nothing said')", [], "got WA, must get AC"),
        ("raise SystemExit(7)", [], "got RTE, must get AC"),
        ("print('contained')", ["Shows: lantern"], "not shown: lantern"),
        ("print('lan' + 'tern'); print('contained')", ["Never: lantern"], "'lantern' came back"),
        ("print(open('/job/in/attack.py').read()[-60:]); print('contained') # WORD", [], "carried a secret out"),
        ("print(open('/job/in/attack.py').read()[:-61:-1]); print('contained') # WORD", [], "carried a secret"),
        ("from probe import *; p = Probe(); p.works('x', lambda: 1); p.end()", [], "tried nothing"),
        ("from probe import *; p = Probe(); p.unseen('x', 0); p.end()", [], "tried nothing"),
        ("from probe import *; p = Probe(); p.works('x', lambda: 1 / 0)", [], "the probe is broken"),
        ("from probe import *; p = Probe(); p.works('x', lambda: 1); p.refused('y', lambda: 5); p.end()", [], "y: 5"),
        ("from probe import *; p = Probe(); p.works('x', lambda: 1); p.forbidden('getpid'); p.end()", [], "getpid"),
    ],
)  # fmt: skip
def test_what_gets_through_is_noticed(local_siege, tmp_path, code, more, complaint):
    """The suite itself can fail: programs that gain something, or whose probe does not work."""
    code = code.replace("WORD", local_siege.arena.bait.word)
    card = card_of(tmp_path, [*GOOD[:5], "Must: AC", *more], code)
    trial = local_siege.attempt(card)
    assert complaint in trial.complaint
    assert trial.could_run
    assert not trial.is_contained


def test_harm_to_the_host_is_noticed(local_provider):
    with besieged(local_provider) as siege:
        bait = siege.arena.bait
        assert bait.harm() == ""
        assert len(bait.files) >= 3
        bait.files[-1].write_text("overwritten")
        assert "was changed" in bait.harm()
    assert not any(path.exists() for path in bait.files)


NOBODY = """
import base64, json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sandboxes.attack.arena import Arena
from sandboxes.attack.cards import load_cards
from sandboxes.local import Local

provider = Local("attack-nobody", Path(sys.argv[1]) / "run")
bait = Path(sys.argv[1]) / "bait"
bait.mkdir(mode=0o755)
cards = [card for card in load_cards() if card.road in ("step", "cases") and not card.needs_gpu]
with Arena(provider, bait) as arena, ThreadPoolExecutor(2) as executor:
    fights = list(executor.map(arena.fight, cards))
    word, weaknesses, harm = arena.bait.word, arena.weaknesses, arena.bait.harm()
provider.close()
def plain(result):
    outputs = {name: base64.b64encode(body).decode() for name, body in result.outputs.items()}
    streams = [base64.b64encode(body).decode() for body in (result.stdout, result.stderr)]
    return [result.outcome, result.exit_code, result.signal, *streams, outputs, result.detail]
rows = {card.name: [[plain(result) for result in fight.results], fight.harm] for card, fight in zip(cards, fights)}
print(json.dumps({"word": word, "weaknesses": weaknesses, "harm": harm, "rows": rows}))
"""


def as_nobody(code, folder):
    """Run code as an ordinary user, with that user's `folder` as its argument; return what it printed."""
    root, site = ROOT, next(path for path in sys.path if path.endswith("site-packages"))
    command = [sys.executable, "-c", code, str(folder)]
    if os.geteuid() == 0:
        # Root's interpreter and this checkout may lie in a home that others cannot enter.
        python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
        os.chown(folder, 65534, 65534)
        code_folder, site_folder = folder / "code", folder / "site"
        binds = f"mount --bind {ROOT} {code_folder} && mount --bind {site} {site_folder}"
        drop = "exec setpriv --reuid 65534 --regid 65534 --clear-groups"
        for place in (code_folder, site_folder):
            place.mkdir()
        command = ["unshare", "--mount", "sh", "-c", f'{binds} && {drop} "$@"', "sh", python, *command[1:]]
        root, site = code_folder, site_folder
    environment = {"PATH": os.defpath, "PYTHONPATH": f"{root}:{site}", "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    return json.loads(answer.stdout)


def result_of(row):
    outcome, exit_code, signal, stdout, stderr, outputs, detail = row
    return StepResult(
        Outcome(outcome), exit_code, signal, base64.b64decode(stdout), base64.b64decode(stderr),
        Usage(0, 0, 0, "supervisor"), {name: base64.b64decode(body) for name, body in outputs.items()}, detail,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_attacks_as_an_ordinary_user():
    """The local provider without root: no cgroup, one user for all. What it cannot keep is said by code."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        found = as_nobody(NOBODY, folder)
    finally:
        shutil.rmtree(folder)
    assert "no-cgroup" in found["weaknesses"]
    assert found["word"].startswith(PREFIX)
    assert found["harm"] == ""
    wanted = [card for card in CARDS.values() if card.road in IN_A_SANDBOX and not card.needs_gpu]
    complaints = {}
    for card in wanted:
        rows, harm = found["rows"][card.name]
        fight = Fight(tuple(map(result_of, rows)), harm)
        word = found["word"].encode()
        complaints[card.name] = weigh_fight(
            card, fight, weaknesses=tuple(found["weaknesses"]), is_secret=lambda body, word=word: word in body
        )[1]
    assert {name: text for name, text in complaints.items() if text} == {}
