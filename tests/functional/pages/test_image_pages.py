"""Contestants see what is installed: from a provider's own words, by the worker, to pages and the API."""

from dataclasses import replace
from datetime import timedelta

import pytest

from judge.clock import utc_now
from judge.runtime import Runtime
from judge.services import images
from judge.worker.images import report_images
from sandboxes.definitions import load
from sandboxes.errors import ProviderUnavailable
from sandboxes.local import Local
from sandboxes.manifests import Manifest, Package, differences
from tests.factories.packages import function_package, predictions_package
from tests.factories.visitors import Visitor
from tests.factories.worlds import World

MANIFEST = Manifest(
    image="python-ml",
    provider="docker",
    contents="sha256:11",
    packages=(
        Package("debian", "bash", "5.2", "GPL-3+"),
        Package("python", "torch", "2.13.0+cpu", "BSD-3-Clause"),
        Package("python", "<b>numpy</b>", "2.4.6"),
    ),
    base="bootstrapped from Debian packages",
    architecture="x86_64",
    size_bytes=1024 * 1024,
)


def report(runtime: Runtime, manifest: Manifest = MANIFEST, *, ago_s: float = 0.0) -> None:
    with runtime.database.transaction() as session:
        images.report(
            session,
            digest=f"contents:{manifest.contents}",
            titles=load(manifest.image).titles,
            manifest=manifest.to_json(),
            now=utc_now() - timedelta(seconds=ago_s),
        )


def test_a_page_lists_every_package_in_both_languages(app, runtime):
    report(runtime)
    for language, words in (
        (
            "en",
            [
                "Python for machine learning",
                "Python packages",
                "bootstrapped from Debian packages",
                "1 MiB",
            ],
        ),
        ("zh", ["机器学习用 Python", "Python 软件包", "由 Debian 软件包引导生成", "许可证"]),
    ):
        page = Visitor(app, language=language).get("/images/python-ml")
        assert page.status_code == 200
        for word in [*words, "torch", "2.13.0+cpu", "bash", "GPL-3+", "contents:sha256:11"]:
            assert word in page.text, word
        assert "<b>numpy</b>" not in page.text and "&lt;b&gt;numpy" in page.text
        assert words[0] in Visitor(app, language=language).get("/images").text


def test_the_api_gives_the_same(app, runtime):
    report(runtime)
    client = app.test_client()
    (item,) = client.get("/api/v1/images").json["items"]
    assert (item["name"], item["digest"], item["is_current"]) == ("python-ml", "contents:sha256:11", True)
    detail = client.get("/api/v1/images/python-ml", headers={"Accept-Language": "zh"}).json
    assert detail["title"] == "机器学习用 Python"
    (build,) = detail["builds"]
    assert {row["name"]: row["version"] for row in build["manifest"]["packages"]}["torch"] == "2.13.0+cpu"
    assert Manifest.from_json(build["manifest"]) == replace(MANIFEST, wheels=None)


@pytest.mark.parametrize("name", ["nope", "%00", "..%2Fpython", "PYTHON-ML", "a" * 300, "-"])
def test_there_are_no_other_names(app, runtime, name):
    report(runtime)
    assert Visitor(app).get(f"/images/{name}").status_code == 404
    answer = app.test_client().get(f"/api/v1/images/{name}")
    assert answer.status_code == 404
    if name == "nope":
        assert answer.json["code"] == "image-not-found"


def test_hosts_with_different_builds_are_both_shown_while_they_live(app, runtime):
    report(runtime)
    report(runtime, replace(MANIFEST, contents="sha256:22"), ago_s=60)
    report(runtime, replace(MANIFEST, contents="sha256:33"), ago_s=3600)
    text = Visitor(app).get("/images/python-ml").text
    assert "sha256:11" in text and "sha256:22" in text and "sha256:33" not in text
    assert len(app.test_client().get("/api/v1/images/python-ml").json["builds"]) == 2
    assert len(app.test_client().get("/api/v1/images").json["items"]) == 1


def test_the_last_known_build_stays_when_no_worker_is_left(app, runtime):
    report(runtime, ago_s=3600)
    page = Visitor(app).get("/images/python-ml")
    assert "torch" in page.text and "no worker that has it is online" in page.text
    assert app.test_client().get("/api/v1/images/python-ml").json["is_current"] is False
    with runtime.database.transaction() as session:
        images.forget_old(session, now=utc_now() + timedelta(days=images.FORGOTTEN_DAYS))
    assert Visitor(app).get("/images/python-ml").status_code == 404


def test_a_problem_says_what_submissions_run_in(app, runtime, tmp_path):
    world = World(runtime)
    world.publish(predictions_package(tmp_path / "a"))
    world.publish(function_package(tmp_path / "b"))
    link = 'href="/images/python'
    assert link not in Visitor(app).get("/problems/tiny-function").text  # nobody knows it yet
    report(runtime)
    report(runtime, replace(MANIFEST, image="python"))
    assert link in Visitor(app).get("/problems/tiny-function").text
    assert link not in Visitor(app).get("/problems/tiny-table").text  # nothing of theirs runs
    client = app.test_client()
    assert client.get("/api/v1/problems/tiny-function").json["image"] in ("python", "python-ml")
    assert client.get("/api/v1/problems/tiny-table").json["image"] == ""


def test_a_worker_reports_the_images_of_its_host(app, runtime, tmp_path):
    provider = Local("images-test", tmp_path / "run")
    try:
        assert {"python", "python-ml"} <= set(report_images(runtime, provider))
        report_images(runtime, provider)  # again: the same rows
        digest = provider.image_digest("python-ml")
    finally:
        provider.close()
    detail = app.test_client().get("/api/v1/images/python-ml").json
    assert [build["digest"] for build in detail["builds"]] == [digest]
    listed = {row["name"] for row in detail["builds"][0]["manifest"]["packages"]}
    assert {"torch", "numpy", "scikit-learn", "python3"} <= listed


def test_an_engine_that_is_away_takes_nothing_back(app, runtime):
    class Away:
        def image_digest(self, image: str) -> str:
            raise ProviderUnavailable("no engine answers")

    report(runtime)
    assert report_images(runtime, Away()) == []
    assert Visitor(app).get("/images/python-ml").status_code == 200


def test_differences_name_what_changed():
    changed = tuple(replace(row, version="6") if row.name == "bash" else row for row in MANIFEST.packages)
    assert differences(MANIFEST, MANIFEST) == []
    assert differences(MANIFEST, replace(MANIFEST, packages=changed)) == ["bash: 5.2 → 6"]
    assert differences(MANIFEST, replace(MANIFEST, packages=MANIFEST.packages[1:])) == [
        "bash: 5.2 → not there"
    ]
    assert "same packages, but contents" in differences(MANIFEST, replace(MANIFEST, contents="sha256:2"))[0]
    before, now = replace(MANIFEST, wheels={"a.whl": "1"}), replace(MANIFEST, wheels={"a.whl": "2"})
    assert differences(before, now) == ["a.whl: another file of the same name"]
