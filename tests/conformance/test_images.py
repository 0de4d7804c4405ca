"""Runner images: what is built twice is the same, the manifest tells the truth, every language runs."""

import json
import os
import zipfile
from dataclasses import replace

import pytest

from sandboxes.base import Profile, Step
from sandboxes.definitions import LOCKS, list_images, load
from sandboxes.docker.images import ImageBuilder, ImageStore, Options, lock_path, wheels
from sandboxes.errors import ImageMissing
from sandboxes.limits import Limits
from sandboxes.local import images as local_images
from sandboxes.manifests import Manifest
from sandboxes.results import Outcome

PREFIX = f"openmodels-judge/test-{os.getpid()}-"
BASE = f"openmodels-judge/test-base-{os.getpid()}"
C_SOURCE = '#include <stdio.h>\nint main(void){puts("hello");}'
CPP_SOURCE = '#include <bits/stdc++.h>\nint main(){std::cout << "hello\\n";}'
JAVA_SOURCE = 'class Main{public static void main(String[] a){System.out.println("hello");}}'
# language → image, file, source, command
PROGRAMS = {
    "c": ("cpp", "a.c", C_SOURCE, "gcc -O2 -o p /job/in/a.c && ./p"),
    "cpp": ("cpp", "a.cc", CPP_SOURCE, "g++ -o p /job/in/a.cc && ./p"),
    "java": ("java", "Main.java", JAVA_SOURCE, "javac -d . /job/in/Main.java && java Main"),
    "node": ("node", "a.js", 'console.log("hello")', "node /job/in/a.js"),
    "python": ("python", "a.py", 'print("hello")', "python3 /job/in/a.py"),
}


def hello(provider, language, folder):
    """Compile and run with exactly the least limits that the image's definition names."""
    image, name, source, command = PROGRAMS[language]
    limits = Limits(
        wall_time_s=30, cpu_time_s=30, memory_mib=128, n_processes=16, output_mib=32, scratch_mib=32,
        stdout_kib=64, file_mib=32, n_open_files=64,
    )  # fmt: skip
    limits = replace(limits, **load(image).least)
    path = folder / name
    path.write_text(source, encoding="utf-8")
    step = Step(limits, argv=("sh", "-c", command), inputs={name: path})
    return provider.create(Profile(image, limits)).run(step)


@pytest.fixture(scope="module")
def built(docker_provider):
    """The images of all languages, built if `make test` has not done so already."""
    for name in ("cpp", "java", "node"):
        ImageBuilder(docker_provider.client).build(name)
    return docker_provider


@pytest.mark.docker
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", PROGRAMS)
def test_hello_world_in_a_container(built, language, tmp_path):
    result = hello(built, language, tmp_path)
    assert (result.outcome, result.stdout, result.stderr) == (Outcome.OK, b"hello\n", b"")


@pytest.mark.parametrize("language", ["c", "cpp", "python"])
def test_hello_world_with_the_hosts_compilers(local_provider, language, tmp_path):
    result = hello(local_provider, language, tmp_path)
    assert (result.outcome, result.stdout, result.stderr) == (Outcome.OK, b"hello\n", b"")


@pytest.mark.parametrize(
    ("image", "words"),
    [("cpp", "g\\+\\+.*apt-get install gcc"), ("java", "javac.*openjdk"), ("node", "node.*nodejs")],
)
def test_a_host_without_compilers_says_what_to_install(local_provider, monkeypatch, tmp_path, image, words):
    monkeypatch.setattr(local_images, "PATH", str(tmp_path))
    for ask in (
        local_provider.image_digest,
        local_provider.manifest,
        lambda _: hello(local_provider, image, tmp_path),
    ):
        with pytest.raises(ImageMissing, match=words) as caught:
            ask(image)
        assert not caught.value.is_retryable


def test_the_local_provider_lists_what_stands_in(local_provider):
    manifest = local_provider.manifest("cpp")
    versions = {row.name: row.version for row in manifest.packages if row.kind == "program"}
    assert versions.keys() == {"python3", "gcc", "g++"} and all(versions.values())
    assert manifest.contents != local_provider.manifest("python").contents
    with pytest.raises(ImageMissing, match="Docker"):
        local_provider.manifest("python-ml-cuda")


@pytest.fixture(scope="module")
def twice(docker_engine):
    """The image `python` made from nothing, twice: manifests and ids."""
    import docker

    client = docker.from_env()
    options = Options(is_forced=True, prefix=PREFIX, base_repository=BASE)
    try:
        made = []
        for _ in range(2):
            manifest = ImageBuilder(client, options).build("python")
            image = client.images.get(f"{PREFIX}python")
            image.tag(f"{PREFIX}kept", tag=str(len(made)))
            made.append((manifest, image.id))
        yield client, made
    finally:
        for image in client.images.list():
            for tag in image.tags:
                if tag.startswith((PREFIX, BASE)):
                    client.images.remove(tag)
        client.close()


def run(client, command) -> bytes:
    return client.containers.run(f"{PREFIX}python", command, remove=True, network_mode="none")


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
class TestBuild:
    def test_two_builds_from_nothing_have_the_same_contents(self, twice):
        _, ((first, first_id), (second, second_id)) = twice
        assert first_id != second_id, "the second build must not be the first"
        assert first.contents == second.contents
        assert first.packages == second.packages

    def test_the_digest_is_that_of_the_files(self, twice):
        client, ((manifest, _), _) = twice
        assert ImageStore(client, PREFIX).measure("python") == manifest.contents

    def test_a_changed_file_changes_the_digest(self, twice):
        client, ((manifest, _), _) = twice
        container = client.containers.create(
            f"{PREFIX}python", ["sh", "-c", "echo >> /etc/profile"], network_mode="none"
        )
        try:
            container.start()
            assert container.wait()["StatusCode"] == 0
            container.commit(repository=f"{PREFIX}changed", tag="latest")
        finally:
            container.remove(force=True)
        assert ImageStore(client, PREFIX).measure("changed") != manifest.contents

    def test_the_manifest_lists_what_dpkg_lists(self, twice):
        client, ((manifest, _), _) = twice
        said = run(client, ["dpkg-query", "-W", "-f", "${Package} ${Version}\n"]).decode()
        listed = {f"{row.name} {row.version}" for row in manifest.packages if row.kind == "debian"}
        assert listed == set(said.split("\n")) - {""}
        assert {row.name: row for row in manifest.packages}["python3"].version.startswith("3.11")

    def test_nothing_inside_grants_rights_or_installs(self, twice):
        client, _ = twice
        packages = "find / -xdev -name 'pip*' -path '*packages*'"
        command = f"find / -xdev -perm /6000 -type f; command -v gcc pip pip3; {packages}; true"
        said = run(client, ["sh", "-c", command])
        assert said == b""

    def test_modules_are_compiled_and_never_compared_with_their_source(self, twice):
        client, _ = twice
        program = (
            "import json, importlib.util as u\n"
            "print(open(u.cache_from_source(json.__file__), 'rb').read(8)[4:] == b'\\1\\0\\0\\0')"
        )
        assert run(client, ["python3", "-c", program]) == b"True\n"

    def test_a_lock_is_kept_to(self, twice, tmp_path):
        client, ((manifest, _), _) = twice
        lock_path(tmp_path, "python").write_text(manifest.dumps(), encoding="utf-8")
        options = Options(prefix=PREFIX, base_repository=BASE, locks=tmp_path)
        assert ImageBuilder(client, options).build("python").contents == manifest.contents
        before = client.images.get(f"{PREFIX}python").id
        other = tuple(replace(row, version="0") if row.name == "tar" else row for row in manifest.packages)
        lock = replace(manifest, packages=other, contents="sha256:0")
        lock_path(tmp_path, "python").write_text(lock.dumps(), encoding="utf-8")
        with pytest.raises(ImageMissing, match=r"does not come to its lock: tar: 0 → \d"):
            ImageBuilder(client, options).build("python")
        assert client.images.get(f"{PREFIX}python").id == before
        with pytest.raises(ImageMissing, match="no lock"):
            ImageBuilder(client, replace(options, locks=tmp_path / "none")).build("python")

    def test_a_base_can_be_an_image_that_is_there(self, twice):
        client, _ = twice
        base = next(tag for image in client.images.list() for tag in image.tags if tag.startswith(BASE))
        options = Options(prefix=f"{PREFIX}grown-", base_repository=BASE, base_image=base, archive=None)
        manifest = ImageBuilder(client, options).build("python")
        assert manifest.base == client.images.get(base).id
        with pytest.raises(ImageMissing, match=r"cannot be pulled.*mmdebstrap"):
            nowhere = replace(options, base_image="127.0.0.1:1/nothing:here", is_forced=True)
            ImageBuilder(client, nowhere).build("python")


def test_only_a_cuda_build_makes_the_cuda_image(tmp_path, monkeypatch):
    folder, links = tmp_path / "build", tmp_path / "links"
    folder.mkdir()
    links.mkdir()
    wanted = load("python-ml-cuda").requirements
    version = next(line.split("==")[1] for line in wanted if line.startswith("torch=="))
    wheel = links / f"torch-{version}+cpu-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            f"torch-{version}+cpu.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: torch\nVersion: {version}+cpu\n",
        )
        archive.writestr(
            f"torch-{version}+cpu.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"torch-{version}+cpu.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    with pytest.raises(ImageMissing, match=r"needs PyTorch's CUDA build.*\+cpu.*for CPUs.*whl/cu") as caught:
        wheels.gather(load("python-ml-cuda"), folder)
    assert not caught.value.is_retryable
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("torch/lib/libtorch_cuda.so", b"")
    assert wheels.has_cuda(wheel)


def test_every_definition_reads_and_python_packages_are_pinned():
    assert set(list_images()) == {"python", "python-ml", "python-ml-cuda", "cpp", "java", "node"}
    assert "python-ml-cuda" not in list_images(only_default=True)
    for name in list_images():
        definition = load(name)
        assert set(definition.titles) == {"en", "zh"}
        assert all("==" in line for line in definition.requirements)
    assert load("python-ml-cuda").requirements == load("python-ml").requirements
    assert load("python-ml-cuda").digest != load("python-ml").digest
    with pytest.raises(ImageMissing, match="there are cpp"):
        load("../images/python")


def test_what_the_project_tested_is_written_down():
    for name in list_images(only_default=True):
        lock = Manifest.from_json(json.loads((LOCKS / f"{name}.x86_64.json").read_text(encoding="utf-8")))
        assert (lock.image, lock.contents[:7]) == (name, "sha256:")
        found = {
            local_images.canonical(row.name): row.version.split("+")[0]
            for row in lock.packages
            if row.kind == "python"
        }
        pinned = dict(line.split("==") for line in load(name).requirements)
        assert pinned.items() <= found.items()
        assert set(load(name).debian) <= {row.name for row in lock.packages}
        assert len(lock.wheels) >= len(pinned)


def test_a_manifest_survives_its_text(local_provider):
    manifest = local_provider.manifest("python")
    assert Manifest.from_json(json.loads(manifest.dumps())) == manifest
    with pytest.raises(ValueError, match="not a manifest"):
        Manifest.from_json({"packages": [{"name": "x"}]})
