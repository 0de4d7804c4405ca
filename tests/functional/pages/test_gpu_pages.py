"""What contestants are told: which GPUs a problem wants, what a submission waits for, what it used."""

import re
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from judge.clock import utc_now
from judge.models import Account, Submission
from judge.models.words import Role, Verdict
from judge.runtime import Runtime
from judge.services import accounts, judgements, seating
from judge.services.results import JudgementResult
from judge.worker.usage import usage_json
from sandboxes.results import Usage, UsageSample
from tests.factories.gpus import gpu_package, gpu_worker, sighting
from tests.factories.packages import GOOD_PY
from tests.factories.visitors import Visitor
from tests.factories.worlds import World

SAMPLES = tuple(
    UsageSample(at_s=index / 2, cpu_time_s=index * 0.4, memory_mib=100.0 + index, gpu_memory_mib=gpu)
    for index, gpu in enumerate((None, 400.0, 900.0, 20.0))
)
USAGE = Usage(1.5, 1.2, 103.2, "cgroup", gpu_peak_memory_mib=912.0, gpu_utilisation=0.421, timeline=SAMPLES)


@pytest.fixture
def world(runtime: Runtime, tmp_path) -> World:
    made = World(runtime)
    made.publish(gpu_package(tmp_path, "{count: 2, kind: A100, memory_mib: 40960}"))
    made.publish(gpu_package(tmp_path, "{need: preferred}", slug="tiny-wish"))
    for feedback in ("cases", "verdict"):
        made.publish(gpu_package(tmp_path, f"{{}}\nfeedback: {feedback}", slug=f"tiny-{feedback}"))
    return made


def submit(world: World, account: Account, slug: str = "tiny-gpu") -> Submission:
    return world.submit(account, problem_slug=slug, filename="solution.py", chunks=[GOOD_PY])


def settle(world: World, submission: Submission, usage: Usage = USAGE) -> None:
    said = {
        "execute": usage_json(usage, has_timeline=True),
        "score": usage_json(usage, has_timeline=False),
        "total_wall_time_s": 2.0,
    }
    held = world.claim(submission)
    with world.runtime.database.transaction() as session:
        judgements.settle(session, held, JudgementResult(Verdict.AC, usage=said), utc_now())


def page_of(app: APIFlask, account: Account, submission: Submission, language: str = "en") -> str:
    visitor = Visitor(app, language=language).sign_in(account.username)
    return unescape(visitor.get(f"/submissions/{submission.public_id}").text)


def api_of(app: APIFlask, world: World, account: Account, submission: Submission, lang: str = "en") -> dict:
    with world.runtime.database.transaction() as session:
        token = accounts.create_token(session, account, name="test").text
    client: FlaskClient = app.test_client()
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": lang}
    return client.get(f"/api/v1/submissions/{submission.public_id}", headers=headers).get_json()


def test_a_submission_says_that_no_gpu_worker_is_online(app: APIFlask, world: World) -> None:
    ada = world.person("ada")
    submission = submit(world, ada)
    line = "Waiting for a GPU worker (needs 2 × A100 with 40 GiB); none is online."
    assert line in page_of(app, ada, submission)
    assert "正在等待 GPU 评测机（需要 2 × A100（40 GiB））；目前没有在线的。" in page_of(
        app, ada, submission, "zh"
    )
    said = api_of(app, world, ada, submission)
    assert said["state"] == "queued"
    assert said["waiting_for"] == {
        "code": "gpu-offline",
        "text": line,
        "params": {"count": 2, "memory_mib": 40_960, "kind": "A100", "need": "required"},
    }
    assert "Next in line" not in page_of(app, ada, submission)
    plain = submit(world, ada, "tiny-wish")
    assert api_of(app, world, ada, plain)["queue_position"] == 1  # what waits for a GPU is not before it
    gpu_worker(world.runtime, "h/0", sighting("GPU-1"), sighting("GPU-2"))
    said = api_of(app, world, ada, submission)
    assert said["waiting_for"]["code"] == "gpu-busy"
    assert said["waiting_for"]["text"] == "Waiting for a free GPU (needs 2 × A100 with 40 GiB)."
    world.claim(submission)
    assert api_of(app, world, ada, submission)["waiting_for"] is None


def test_one_that_prefers_a_gpu_is_told_so_only_while_it_may_get_one(app: APIFlask, world: World) -> None:
    ada = world.person("ada")
    submission = submit(world, ada, "tiny-wish")
    assert api_of(app, world, ada, submission)["waiting_for"] is None
    place = gpu_worker(world.runtime, "h/0", sighting("GPU-1"), patience_s=30)
    first = submit(world, ada, "tiny-wish")
    with world.runtime.database.transaction() as session:
        judgement_id = first.judgements[-1].id
        assert seating.take(session, judgement_id, place=place, now=utc_now(), lease_s=10) is None
    text = api_of(app, world, ada, submission)["waiting_for"]["text"]
    assert text == "Waiting a moment for a free GPU (1 × GPU); else it runs on the CPU."


def test_a_problem_says_which_gpus_it_wants(app: APIFlask, world: World) -> None:
    page = unescape(Visitor(app).get("/problems/tiny-gpu").text)
    assert "2 × A100 with 40 GiB" in page
    assert "1 × GPU, else the CPU" in unescape(Visitor(app).get("/problems/tiny-wish").text)
    said = app.test_client().get("/api/v1/problems/tiny-gpu").get_json()
    assert said["gpu"] == {"count": 2, "memory_mib": 40_960, "kind": "A100", "need": "required"}


def test_use_over_time_is_drawn_and_told(app: APIFlask, world: World) -> None:
    ada = world.person("ada")
    submission = submit(world, ada)
    settle(world, submission)
    page = page_of(app, ada, submission)
    assert len(re.findall(r"<polyline points=\"[0-9., ]+\"", page)) == 3
    assert 'aria-label="Memory over 1.5 s: 100 MiB at first, at most 103 MiB, 103 MiB at the end"' in page
    assert "CPU cores in use over 1.5 s: 0.80 at first, at most 0.80, 0.80 at the end" in page
    assert "GPU memory over 1.5 s: 400 MiB at first, at most 900 MiB, 20 MiB at the end" in page
    for label, value in (("Peak GPU memory", "912 MiB"), ("GPU use on average", "42%")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page
    assert "内存，历时 1.5 秒：开始 100 MiB，最高 103 MiB，结束 103 MiB" in page_of(
        app, ada, submission, "zh"
    )
    usage = api_of(app, world, ada, submission)["usage"]
    assert usage["execute"]["gpu_peak_memory_mib"] == 912.0
    assert usage["execute"]["timeline"] == {
        "at_s": [0.0, 0.5, 1.0, 1.5],
        "cpu_time_s": [0.0, 0.4, 0.8, 1.2],
        "memory_mib": [100.0, 101.0, 102.0, 103.0],
        "gpu_memory_mib": [None, 400.0, 900.0, 20.0],
    }
    assert "timeline" not in usage["score"]


@pytest.mark.parametrize("slug", ["tiny-cases", "tiny-verdict"])
def test_where_output_is_hidden_so_is_use_over_time(app: APIFlask, world: World, slug: str) -> None:
    """A program could speak of what it saw by the memory it takes; its organizer may listen."""
    ada, admin = world.person("ada"), world.person("root", role=Role.ADMIN)
    submission = submit(world, ada, slug)
    settle(world, submission)
    assert "<polyline" not in page_of(app, ada, submission)
    usage = api_of(app, world, ada, submission)["usage"]
    assert usage["execute"]["peak_memory_mib"] == 103.2
    assert "timeline" not in usage["execute"]
    assert "<polyline" in page_of(app, admin, submission)
    assert "timeline" in api_of(app, world, admin, submission)["usage"]["execute"]


def test_strangers_see_nothing_of_it(app: APIFlask, world: World) -> None:
    submission = submit(world, world.person("ada"))
    settle(world, submission)
    visitor = Visitor(app).sign_in(world.person("eve").username)
    assert visitor.get(f"/submissions/{submission.public_id}").status_code == 404


@pytest.mark.parametrize("n_samples", [0, 1])
def test_too_few_samples_draw_nothing(app: APIFlask, world: World, n_samples: int) -> None:
    ada = world.person("ada")
    submission = submit(world, ada)
    settle(world, submission, Usage(0.1, 0.1, 10.0, "supervisor", timeline=SAMPLES[:n_samples]))
    page = page_of(app, ada, submission)
    assert "<polyline" not in page
    assert "Use over time" not in page
