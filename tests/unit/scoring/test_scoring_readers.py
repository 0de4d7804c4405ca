"""Every fault of a contestant's file is named with its row, and none is ever scored."""

import io
import pickle
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scoring_cases import Job, csv_of, npy_bytes, said

from scoring.contract import ReportStatus
from scoring.messages import CATALOGUE, render


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path)


def parquet_bytes(**columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def npz_bytes(**arrays):
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


def zip_bytes(name, content=b"x"):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(name, content)
    return sink.getvalue()


def jsonl_of(values=(0.1, 0.9, 0.2, 0.8, 0.7, 0.3)):
    return "".join(f'{{"id": {i}, "p": {value}}}\n' for i, value in enumerate(values))


P = [0.1, 0.9, 0.2, 0.8, 0.7, 0.3]
GOOD = {
    "a.csv": csv_of(),
    "crlf.csv": csv_of(end="\r\n"),
    "bom.csv": "\ufeff" + csv_of(),
    "no-last-newline.csv": csv_of().rstrip("\n"),
    "blank-lines.csv": csv_of().replace("\n", "\n\n") + "\n\n",
    "quoted.csv": csv_of().replace("id,p", '"id","p"').replace("0.9", '"0.9"'),
    "spaces.csv": csv_of().replace(",", ", "),
    "exponent.csv": csv_of(values=("1e-1", ".9", "2E-1", "+0.8", "0.7", "0.3")),
    "tiny.csv": csv_of(values=("1e-400", 0.9, 0.2, 0.8, 0.7, 0.3)),
    "columns-swapped.csv": "p,id\n" + "".join(f"{p},{i}\n" for i, p in enumerate(P)),
    "shuffled.csv": csv_of(ids=[5, 3, 1, 0, 2, 4], values=[P[i] for i in (5, 3, 1, 0, 2, 4)]),
    "late-shuffle.csv": csv_of(ids=[0, 1, 2, 5, 3, 4], values=[P[i] for i in (0, 1, 2, 5, 3, 4)]),
    "a.jsonl": jsonl_of(),
    "crlf.jsonl": jsonl_of().replace("\n", "\r\n"),
    "bom.jsonl": "\ufeff" + jsonl_of(),
    "blank.jsonl": "\n" + jsonl_of().replace("\n", "\n\n"),
    "a.parquet": parquet_bytes(id=np.arange(6), p=P),
    "int32-float32.parquet": parquet_bytes(id=np.arange(6, dtype=np.int32), p=np.array(P, np.float32)),
    "a.npy": npy_bytes(np.array(P)),
    "column.npy": npy_bytes(np.array(P).reshape(6, 1)),
    "fortran.npy": npy_bytes(np.asfortranarray(np.array(P).reshape(6, 1))),
    "big-endian.npy": npy_bytes(np.array(P, dtype=">f8")),
    "a.npz": npz_bytes(id=np.arange(6), p=np.array(P)),
    "no-suffix": csv_of(),
    "no-suffix-either": jsonl_of(),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_files_all_score_the_same(job, name):
    report = job.score(name, GOOD[name])
    assert said(report) == []
    assert report.status is ReportStatus.SCORED
    assert report.n_rows == 6
    values = {(m.key, m.split): m.value for m in report.metrics}
    assert values["roc_auc", "private"] == 1.0
    log_loss = -np.mean(np.log([0.9, 0.8, 0.8, 0.7]))
    assert values["log_loss", "private"] == pytest.approx(log_loss, rel=1e-6 if name != "tiny.csv" else 0.2)
    # Both public rows are positive: undefined, with a reason, instead of a made-up number.
    undefined = next(m for m in report.metrics if (m.key, m.split) == ("roc_auc", "public"))
    assert (undefined.value, undefined.reason) == (None, "single-class")


BAD = {
    "empty.csv": ("", ["file-empty"]),
    "only-bom.csv": ("\ufeff\n", ["file-empty"]),
    "header-only.csv": ("id,p\n", ["file-no-rows"]),
    "no-header.csv": (csv_of().removeprefix("id,p\n"), ["header-missing"]),
    "semicolon.csv": (csv_of().replace(",", ";"), ["wrong-delimiter"]),
    "tab.csv": (csv_of().replace(",", "\t"), ["wrong-delimiter"]),
    "missing-column.csv": ("id\n0\n", ["column-missing"]),
    "other-name.csv": (csv_of(header="id,prob"), ["column-missing", "column-extra"]),
    "extra-column.csv": (csv_of(header="id,p,q", values=[f"{p},1" for p in P]), ["column-extra"]),
    "pandas-index.csv": (csv_of(header=",id,p"), ["column-unnamed"]),
    "twice.csv": (csv_of(header="id,p,p"), ["column-duplicate"]),
    "short-row.csv": (csv_of().replace("2,0.2", "2"), ["cell-count", "id-missing"]),
    "long-row.csv": (csv_of().replace("2,0.2", "2,0.2,0.3"), ["cell-count", "id-missing"]),
    "comma-decimal.csv": (csv_of().replace("2,0.2", "2,0,2"), ["cell-count", "id-missing"]),
    "text.csv": (csv_of(values=(0.1, "abc", 0.2, 0.8, 0.7, 0.3)), ["value-not-number"]),
    "underscore.csv": (csv_of(values=(0.1, "0_1", 0.2, 0.8, 0.7, 0.3)), ["value-not-number"]),
    "full-width.csv": (csv_of(values=(0.1, "０", 0.2, 0.8, 0.7, 0.3)), ["value-not-number"]),
    "nan.csv": (csv_of(values=(0.1, "nan", 0.2, 0.8, 0.7, 0.3)), ["value-nan"]),
    "inf.csv": (csv_of(values=(0.1, "inf", 0.2, "-Infinity", 0.7, 0.3)), ["value-infinite"] * 2),
    "overflow.csv": (csv_of(values=(0.1, "1e999", 0.2, 0.8, 0.7, 0.3)), ["value-infinite"]),
    "empty-cell.csv": (csv_of(values=(0.1, "", 0.2, 0.8, 0.7, 0.3)), ["value-empty"]),
    "low.csv": (csv_of(values=(0.1, -0.5, 0.2, 0.8, 0.7, 0.3)), ["value-too-small"]),
    "high.csv": (csv_of(values=(0.1, 1.5, 0.2, 0.8, 0.7, 0.3)), ["value-too-large"]),
    "missing-id.csv": (csv_of(ids=range(5), values=P[:5]), ["id-missing"]),
    "extra-id.csv": (csv_of(ids=range(7), values=[*P, 0.5]), ["id-unknown"]),
    "duplicate-id.csv": (csv_of(ids=[0, 1, 2, 3, 4, 5, 2], values=[*P, 0.5]), ["id-duplicate"]),
    "one-based.csv": (csv_of(ids=range(1, 7)), ["ids-shifted"]),
    "float-ids.csv": (csv_of(ids=["0.0", 1, 2, 3, 4, 5]), ["value-not-integer", "id-missing"]),
    "huge-id.csv": (csv_of(ids=[10**30, 1, 2, 3, 4, 5]), ["value-not-integer", "id-missing"]),
    "widest-ids.csv": (
        csv_of(ids=[2**63 - 1, -(2**63), 2, 3, 4, 5]), ["id-unknown"] * 2 + ["id-missing"] * 2
    ),
    "blank-id.csv": (csv_of(ids=["", 1, 2, 3, 4, 5]), ["value-empty", "id-missing"]),
    "old-mac.csv": (csv_of(end="\r"), ["file-line-endings"]),
    "open-quote.csv": (csv_of().replace("2,0.2", '2,"0.2'), ["row-quotes", "id-missing"]),
    "latin1.csv": (csv_of(header="id,p").encode() + b"6,\xe9\n", ["file-not-utf8"]),
    "latin1-header.csv": ("id,é\n0,1\n".encode("latin-1"), ["file-not-utf8"]),
    "utf16.csv": (csv_of().encode("utf-16"), ["file-not-text"]),
    "excel.csv": (zip_bytes("[Content_Types].xml"), ["file-not-text"]),
    "zip.csv": (zip_bytes("a.csv"), ["file-not-text"]),
    "gzip.csv": (b"\x1f\x8b\x08\0\0\0", ["file-not-text"]),
    "pickle.csv": (pickle.dumps([1]), ["file-not-text"]),
    "nul.csv": (b"id,p\n0,\x00\n", ["file-not-text"]),
    "one-line.csv": ("id,p\n" + "1" * 300_000, ["line-too-long"]),
    "long-header.csv": ("i" * 300_000, ["line-too-long"]),
    "wrong.parquet": (csv_of(), ["file-wrong-format"]),
    "truncated.parquet": (GOOD["a.parquet"][:-20], ["parquet-unreadable"]),
    "magic-only.parquet": (b"PAR1", ["parquet-unreadable"]),
    "nan.parquet": (parquet_bytes(id=np.arange(6), p=[0.1, np.nan, *P[2:]]), ["value-nan"]),
    "null.parquet": (parquet_bytes(id=np.arange(6), p=[0.1, None, *P[2:]]), ["value-empty"]),
    "null-id.parquet": (parquet_bytes(id=[0, None, 2, 3, 4, 5], p=P), ["value-empty", "id-missing"]),
    "text.parquet": (parquet_bytes(id=np.arange(6), p=[str(p) for p in P]), ["column-not-number"]),
    "bool.parquet": (parquet_bytes(id=np.arange(6), p=[True] * 6), ["column-not-number"]),
    "float-ids.parquet": (parquet_bytes(id=np.arange(6.0), p=P), ["column-not-integer"]),
    "nested.parquet": (parquet_bytes(id=np.arange(6), p=[[p] for p in P]), ["column-not-number"]),
    "wide-ids.parquet": (parquet_bytes(id=np.array([2**64 - 1] * 6, np.uint64), p=P), ["value-not-integer"]),
    "index.parquet": (parquet_bytes(id=np.arange(6), p=P, __index_level_0__=P), ["column-extra"]),
    "empty.parquet": (parquet_bytes(id=np.zeros(0, int), p=np.zeros(0)), ["file-no-rows"]),
    "array.jsonl": ("[1, 0.5]\n", ["row-not-object", *["id-missing"] * 6]),
    "broken.jsonl": (jsonl_of().replace('"p": 0.9}', '"p": 0.9'), ["row-not-json", "id-missing"]),
    "nan.jsonl": (jsonl_of((0.1, "NaN", *P[2:])), ["value-nan"]),
    "null.jsonl": (jsonl_of((0.1, "null", *P[2:])), ["value-empty"]),
    "text.jsonl": (jsonl_of((0.1, '"0.9"', *P[2:])), ["value-not-number"]),
    "true.jsonl": (jsonl_of((0.1, "true", *P[2:])), ["value-not-number"]),
    "list.jsonl": (jsonl_of((0.1, "[0.9]", *P[2:])), ["value-not-number"]),
    "deep.jsonl": (jsonl_of((0.1, "[" * 100_000, *P[2:])), ["row-not-json", "id-missing"]),
    "key-missing.jsonl": (
        jsonl_of().replace('"p": 0.9', '"q": 0.9'), ["row-key-missing", "row-key-extra", "id-missing"]
    ),
    "key-twice.jsonl": (
        jsonl_of().replace('"p": 0.9', '"p": 0.9, "p": 1'), ["row-key-duplicate", "id-missing"]
    ),
    "text-id.jsonl": (jsonl_of().replace('"id": 1,', '"id": "1",'), ["value-not-integer", "id-missing"]),
    "pickled.npy": (npy_bytes(np.array([{}] * 6, dtype=object)), ["npy-pickled"]),
    "truncated.npy": (GOOD["a.npy"][:-8], ["npy-unreadable"]),
    "shape.npy": (npy_bytes(np.zeros((6, 2))), ["array-shape"]),
    "rows.npy": (npy_bytes(np.zeros(7)), ["array-shape"]),
    "text.npy": (npy_bytes(np.array(["a"] * 6)), ["column-not-number"]),
    "bool.npy": (npy_bytes(np.array([True] * 6)), ["column-not-number"]),
    "complex.npy": (npy_bytes(np.array([1j] * 6)), ["array-dtype"]),
    "records.npy": (npy_bytes(np.zeros(6, dtype=[("id", int), ("p", float)])), ["array-dtype"]),
    "nan.npy": (npy_bytes(np.array([0.1, np.nan, *P[2:]])), ["value-nan"]),
    "names.npz": (npz_bytes(arr_0=np.array(P)), ["npz-names"]),
    "lengths.npz": (npz_bytes(id=np.arange(5), p=np.array(P)), ["array-shape"]),
    "one-based.npz": (npz_bytes(id=np.arange(1, 7), p=np.array(P)), ["ids-shifted"]),
    "not-npy.npz": (zip_bytes("id.npy"), ["npz-names"]),
    "zip.npy": (zip_bytes("id.npy"), ["file-wrong-format"]),
    "pickle-without-suffix": (pickle.dumps([1]), ["file-unknown-format"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_the_reason(job, name):
    content, codes = BAD[name]
    report = job.score(name, content)
    assert report.status is ReportStatus.REFUSED
    assert report.metrics == ()
    assert [message.code for message in report.messages] == codes
    for message in report.messages:
        assert "{" not in render(message.code, message.params), message


BLANKS = csv_of().replace("\n", "\n\n")
NAN = "the value is not a number (NaN); expected a finite number."


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.jsonl", jsonl_of().replace("0.9", '{"a": 1}'), "Row 2, column p: expected a number, found {…}."),
        ("a.jsonl", jsonl_of().replace("0.9", '"0.9"'), 'Row 2, column p: expected a number, found "0.9".'),
        ("a.csv", BAD["text.csv"][0], "Row 3, column p: expected a number, found abc."),
        ("b.csv", BAD["short-row.csv"][0], "Row 4 has 1 cells; expected 2."),
        ("c.csv", BAD["duplicate-id.csv"][0], "Row 8: id 2 was already given in row 4."),
        ("d.csv", BAD["extra-id.csv"][0], "Row 8: id 6 is not one of the expected ids."),
        ("e.csv", BAD["missing-id.csv"][0], "There is no row for id 5."),
        (
            "f.csv",
            BAD["one-based.csv"][0],
            "Every id is off by +1: your ids run from 1 to 6, expected are 0 to 5.",
        ),
        ("g.csv", BAD["high.csv"][0], "Row 3, column p: expected at most 1.0, found 1.5."),
        ("h.csv", BLANKS.replace("0.9", "x"), "Row 5, column p: expected a number, found x."),
        ("i.csv", BLANKS.replace("0.9", "nan"), "Row 5, column p: " + NAN),
        ("j.jsonl", BAD["broken.jsonl"][0], "Row 2 is not valid JSON."),
        ("k.parquet", BAD["nan.parquet"][0], "Row 2, column p: " + NAN),
        ("l.csv", BAD["no-header.csv"][0], "Row 1 must be the header id, p; found 0,0.1."),
        (
            "m.csv", BAD["semicolon.csv"][0],
            "Columns must be separated by commas; row 1 seems to use semicolons.",
        ),
    ],
)  # fmt: skip
def test_messages_name_the_row_and_what_was_expected(job, name, content, line):
    first = job.score(name, content).messages[0]
    assert render(first.code, first.params) == line


def test_ten_examples_of_each_kind_then_how_many_more(tmp_path):
    job = Job(tmp_path)
    n = 200
    job.reference(id=range(n), label=[0, 1] * (n // 2), split=["public"] * n)
    values = [("abc", "nan", 0.5)[i % 3] for i in range(n)]
    codes = [code for code, _ in said(job.score("a.csv", csv_of(range(n), values)))]
    assert codes == ["value-not-number"] * 10 + ["more-like-this"] + ["value-nan"] * 10 + ["more-like-this"]


def test_counts_of_the_rest_are_right(tmp_path):
    job = Job(tmp_path)
    n = 200
    job.reference(id=range(n), label=[0, 1] * (n // 2), split=["public"] * n)
    messages = said(job.score("a.csv", csv_of(range(n), ["nan"] * n)))
    assert messages[10] == ("more-like-this", {"count": 190, "kind": "value-nan"})


def test_faults_beyond_the_first_block_keep_their_row(tmp_path, monkeypatch):
    monkeypatch.setattr("scoring.readers.blocks.BLOCK_BYTES", 1000)
    job, n = Job(tmp_path), 1000
    job.reference(id=range(n), label=[0, 1] * (n // 2), split=["public"] * n)
    values = [0.5] * n
    values[700], values[900] = "abc", "inf"
    ids = [*range(998), 10, 999]
    assert said(job.score("a.csv", csv_of(ids, values))) == [
        ("value-not-number", {"row": 702, "column": "p", "found": "abc"}),
        ("value-infinite", {"row": 902, "column": "p"}),
        ("id-duplicate", {"row": 1000, "id": "10", "first_row": 12}),
        ("id-missing", {"id": "998"}),
    ]
    jsonl = "".join(f'{{"id": {i}, "p": {0.5 if i != 800 else 7}}}\n' for i in range(n))
    assert said(job.score("a.jsonl", jsonl)) == [
        ("value-too-large", {"row": 801, "column": "p", "found": "7.0", "maximum": 1.0})
    ]


def test_hopeless_files_are_not_read_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("scoring.faults.MAX_FAULTS", 50)
    monkeypatch.setattr("scoring.readers.blocks.BLOCK_BYTES", 1000)
    job = Job(tmp_path)
    codes = [code for code, _ in said(job.score("a.csv", csv_of(range(5000), ["x"] * 5000)))]
    assert codes[0] == "value-not-number"
    assert codes[-1] == "stopped-early"


def test_too_many_rows(tmp_path):
    job = Job(tmp_path, max_rows=6)
    assert said(job.score("a.csv", csv_of(range(7), [*P, 0.5])))[-1] == ("rows-too-many", {"limit": 6})
    assert said(job.score("a.parquet", parquet_bytes(id=np.arange(7), p=[*P, 0.5])))[-1][0] == "rows-too-many"


def test_a_parquet_bomb_is_refused_from_its_metadata(tmp_path, monkeypatch):
    monkeypatch.setattr("scoring.readers.parquet._MAX_UNPACKED_MIB", 1)
    n = 500_000
    bomb = parquet_bytes(id=np.arange(n), p=np.random.default_rng(0).random(n))
    assert said(Job(tmp_path).score("a.parquet", bomb))[0][0] == "parquet-too-large"


def test_an_npz_bomb_is_refused_from_its_header(job):
    header = npy_bytes(np.zeros(1))[:128].replace(b"(1,)", b"(999999999,)")
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("id.npy", header)
        archive.writestr("p.npy", header)
    assert said(job.score("a.npz", sink.getvalue()))[0][0] == "npy-unreadable"


def test_a_pickle_in_an_npy_is_never_loaded(job, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "evil"), "w"))

    report = job.score("a.npy", npy_bytes(np.array([Evil()] * 6, dtype=object)))
    assert said(report) == [("npy-pickled", {})]
    assert not (tmp_path / "evil").exists()


def test_echoes_are_short_and_printable(job):
    text = "x\x07" + "\u202e" + "y" * 500
    (_, params) = said(job.score("a.csv", csv_of(values=(text, *P[1:]))))[0]
    assert len(params["found"]) <= 80
    assert params["found"].isprintable()


def test_a_missing_file_is_told(job):
    assert said(job.score_file("nothing.csv")) == [("file-missing", {})]


def test_every_code_used_is_in_the_catalogue():
    import re
    from pathlib import Path

    import scoring

    used = set()
    for path in Path(scoring.__path__[0]).rglob("*.py"):
        source = path.read_text()
        used |= set(
            re.findall(
                r"(?:\.add|refuse|log_where|_failure|_broken|_fail)\([^\"\n]*\n?\s*\"([a-z0-9-]+)\"", source
            )
        )
        used |= set(re.findall(r"code=\"([a-z0-9-]+)\"", source))
    assert len(used) > 40
    assert used <= set(CATALOGUE)
