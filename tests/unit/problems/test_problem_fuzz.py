"""Whatever a package holds, it is read or refused with a place: no other exception, nothing without bound.

Packages are damaged in every way that was thought of: bytes, lines, values of any kind at any place of any
YAML file, names, archives. The examples are the same on every run.
"""

import io
import json
import struct
import tracemalloc
import zipfile

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from package_factory import manifest

from problems.archive import pack
from problems.errors import PackageError
from problems.importers import document
from problems.importers.convert import convert
from problems.importers.document import Document
from problems.loader import load
from problems.manifest import parse_manifest
from problems.unzip import Caps
from tests.factories.foreign import FOREIGN, write, zipped


def fuzz(max_examples):
    return settings(
        max_examples=max_examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(
        [[], {}, "", [[]], {"a": None}, [None], 10**400, -1, "../../etc/passwd", "/", "a/b", "\0", "é" * 300,
         "scoring", "secret/a", "$hidden", "'", "{", "%s", "1e999", ["x"] * 300, {"x": {"y": {"z": 1}}}]
    ),
    st.lists(st.one_of(st.none(), st.integers(-2, 2), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.text(max_size=4), st.one_of(st.none(), st.integers(-2, 2)), max_size=3),
)  # fmt: skip


def places(value, at=()):
    """Yield the path of everything in plain data."""
    yield at
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from places(child, (*at, key))


def changed(value, at, new):
    """Return plain data with something else at a place; `...` takes it away."""
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(at) == 1:
        del copy[at[0]]
    else:
        copy[at[0]] = changed(copy[at[0]], at[1:], new)
    return copy


@st.composite
def misvalued(draw, value):
    """Return plain data with other values at some places."""
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.sampled_from(sorted(places(value), key=str)))
        new = draw(st.one_of(ODD, st.just(...))) if at else draw(ODD)
        value = changed(value, at, new)
        if not isinstance(value, dict | list):
            break
    return value


def as_yaml(value):
    return json.dumps(value, default=str) if random_like(value) else yaml.safe_dump(value, allow_unicode=True)


def random_like(value):
    """JSON and YAML by turns; JSON cannot hold every text, YAML not every number."""
    return len(repr(value)) % 2 == 0


def damaged(draw, content):
    """Return bytes of which some are overwritten, removed, inserted or repeated."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        cut = draw(st.sampled_from([0, 1, 2, 8, 40]))
        words = st.sampled_from(
            [b"\n", b"\t", b"- ", b": ", b"{", b"[", b"&a ", b"*a", b"!!x ", b"\xff", b"\0", b"'"]
        )
        content[at : at + cut] = draw(st.one_of(words, st.binary(max_size=4)))
    return bytes(content)


def assert_placed(error):
    assert error.findings
    for finding in error.findings:
        assert finding.code
        assert 0 < len(finding.message) < 1000, finding
        assert "\n" not in finding.message, finding
        assert finding.line >= 0


def loaded(path):
    try:
        package = load(path)
    except PackageError as error:
        assert_placed(error)
    else:
        assert package.spec.slug


def imported(tmp_path_factory, files, kind):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "out").mkdir()
    try:
        result = convert(write(folder / "sum", files), folder / "out", source_format=kind)
    except PackageError as error:
        assert_placed(error)
        left = ()
    else:
        assert result.packages or any(result.report.refused())
        assert all(str(entry) and "\n" not in str(entry) for entry in result.report.entries)
        left = result.packages
    assert len(list((folder / "out").iterdir())) == len(left), "a package that is refused leaves nothing"


@fuzz(100)
@given(misvalued(manifest()))
@example({**manifest(), "a\nb": {"\0": 1}})
def test_manifests_of_any_values(value):
    try:
        parse_manifest(as_yaml(value).encode("utf-8", "replace"))
    except PackageError as error:
        assert_placed(error)
        assert {finding.file for finding in error.findings} == {"problem.yaml"}


@fuzz(80)
@given(st.data())
def test_manifests_of_any_bytes(data):
    content = damaged(data.draw, yaml.safe_dump(manifest(), allow_unicode=True).encode())
    try:
        parse_manifest(content)
    except PackageError as error:
        assert_placed(error)
        assert {finding.file for finding in error.findings} == {"problem.yaml"}


NAMES = st.lists(
    st.sampled_from(["public", "hidden", "inputs", "reference", "..", "", "a", "A", "é", "CON", "x" * 200]),
    min_size=1, max_size=12,
).map("/".join)  # fmt: skip


@fuzz(80)
@given(st.lists(NAMES, max_size=4), st.integers(0, 2**16 - 1))
def test_zips_of_any_names(tmp_path_factory, names, mode):
    path = tmp_path_factory.mktemp("zip") / "toy.zip"
    names = list(dict.fromkeys(name or "x" for name in names))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("problem.yaml", yaml.safe_dump(manifest(), allow_unicode=True))
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, b"x")
    loaded(path)


@fuzz(100)
@given(st.data())
def test_damaged_zips(tmp_path_factory, toy, data):
    path = tmp_path_factory.mktemp("zip") / "toy.zip"
    path.write_bytes(damaged(data.draw, pack(load(toy), path).read_bytes()))
    loaded(path)


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_packages_of_any_values(tmp_path_factory, kind):
    files = FOREIGN[kind]
    documents = [name for name in files if name.endswith((".yaml", ".yml", "metadata"))]
    if not documents:  # a Kaggle-style folder has tables alone
        return

    @fuzz(40)
    @given(st.data())
    def run(data):
        name = data.draw(st.sampled_from(documents))
        value = data.draw(misvalued(yaml.safe_load(files[name])))
        text = as_yaml(value).encode("utf-8", "replace")
        imported(tmp_path_factory, {**files, name: text}, kind)

    run()


@pytest.mark.parametrize(
    ("kind", "name", "at"),
    [
        ("codabench", "competition.yaml", ("tasks",)),
        ("codabench", "competition.yaml", ("tasks", 0, "index")),
        ("codabench", "competition.yaml", ("phases", 0, "tasks")),
        ("icpc", "data/testdata.yaml", ("on_reject",)),
        ("dmoj", "init.yml", ("test_cases", 1, "batched")),
    ],
)
@pytest.mark.parametrize("new", [[], {}, [[]], {"x": "a\nb"}, None, float("nan")])
def test_values_that_were_a_crash_once(tmp_path_factory, kind, name, at, new):
    value = changed(yaml.safe_load(FOREIGN[kind][name]), at, new)
    imported(tmp_path_factory, {**FOREIGN[kind], name: yaml.safe_dump(value)}, kind)


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_packages_of_any_bytes(tmp_path_factory, kind):
    files = FOREIGN[kind]

    @fuzz(40)
    @given(st.data())
    def run(data):
        name = data.draw(st.sampled_from(sorted(files)))
        content = files[name] if isinstance(files[name], bytes) else files[name].encode()
        broken = {**files, name: damaged(data.draw, content)}
        if data.draw(st.integers(0, 4)) == 0:
            del broken[data.draw(st.sampled_from(sorted(files)))]
        imported(tmp_path_factory, broken, kind)

    run()


@fuzz(40)
@given(st.sampled_from(sorted(FOREIGN)), st.data())
def test_damaged_zips_of_foreign_packages(tmp_path_factory, kind, data):
    folder = tmp_path_factory.mktemp("zip")
    (folder / "out").mkdir()
    (folder / "sum.zip").write_bytes(damaged(data.draw, zipped(FOREIGN[kind])))
    try:
        convert(folder / "sum.zip", folder / "out")
    except PackageError as error:
        assert_placed(error)
        assert all(finding.file for finding in error.findings)


@fuzz(80)
@given(st.text(max_size=200))
def test_documents_are_read_or_refused_with_a_place(text):
    try:
        Document("x.yaml", text)
    except PackageError as error:
        assert_placed(error)
        assert error.findings[0].file == "x.yaml"


def bomb_of_aliases():
    lines = ["a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"]
    lines += [
        f"{left}: &{left} [{', '.join(['*' + right] * 10)}]"
        for left, right in zip("bcdefgh", "abcdefg", strict=True)
    ]
    return "\n".join(lines)


HOSTILE = {
    "aliases": bomb_of_aliases(),
    "a loop": "a: &a [*a]",
    "deep": "[" * 5000,
    "deep blocks": "".join(f"{' ' * depth}a:\n" for depth in range(200)),
    "a long number": f"a: {'9' * 10_000}",
    "sexagesimal": "a: 1" + ":59" * 2000,
    "merges": "<<: " * 200 + "{}",
    "a tag": "!!python/object/apply:os.system ['true']",
    "no text": 'a: !!binary "===="\nb: !!timestamp x\nc: !!int x\nd: !!set {1, 2}',
    "many values": "".join(f"k{number}: 1\n" for number in range(2000)),
    "too long": "# " + "x" * (1 << 20),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_costs_little(name, monkeypatch):
    monkeypatch.setattr(document, "MAX_VALUES", 1000)
    text = HOSTILE[name]
    tracemalloc.start()
    try:
        for read in (lambda: Document("x.yaml", text), lambda: parse_manifest(text.encode())):
            try:
                read()
            except PackageError as error:
                assert_placed(error)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def zip_of(name, size, *, lie=False):
    """Return a zip with one large member of zeros, whose headers may say that it is small."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    content = sink.getvalue()
    return content.replace(struct.pack("<L", size), struct.pack("<L", 10)) if lie else content


@pytest.mark.parametrize("lie", [False, True])
@pytest.mark.parametrize("inner", [False, True])
def test_archives_are_unpacked_within_bounds(tmp_path, lie, inner):
    """A zip that is large when unpacked is given up on the way, whatever its headers say, at any depth."""
    from problems.importers.source import read, unpack

    caps = Caps(total_mib=4, file_mib=4)
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(zip_of("data/secret/1.in", 16 << 20, lie=lie))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tracemalloc.start()
    try:
        with pytest.raises(PackageError) as raised:
            unpack(bomb, scratch, caps, place="data.zip") if inner else read(bomb, scratch, caps)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert raised.value.findings[0].code in {"zip-bomb", "zip-unreadable"}
    assert raised.value.findings[0].file == ("data.zip" if inner else "bomb.zip")
    assert peak < 16 * 1024 * 1024
    assert sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file()) <= 5 << 20


def test_large_files_are_no_text(tmp_path):
    """What is read as text is bounded: a table or a program may be large, a manifest not."""
    files = FOREIGN["icpc"] | {"problem.yaml": "# " + "x" * (5 << 20)}
    (tmp_path / "out").mkdir()
    with pytest.raises(PackageError, match="file-too-large"):
        convert(write(tmp_path / "sum", files), tmp_path / "out")
