"""Whatever the bytes, the answer is a report: scored, or refused with reasons. Never an exception."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scoring_cases import Job, csv_of, npy_bytes

from scoring.contract import ReportStatus

FUZZ = settings(
    max_examples=80, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
COLUMNS = [
    {"name": "p", "minimum": 0, "maximum": 1},
    {"name": "n", "kind": "int"},
    {"name": "c", "kind": "label", "values": ["yes", "no"]},
    {"name": "s", "kind": "str"},
]
IDS = {"int": range(6), "text": [f"row-{i}" for i in range(6)]}


def parquet_file():
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": range(6), "p": np.full(6, 0.5)}), sink)
    return sink.getvalue()


def npz_file():
    sink = io.BytesIO()
    np.savez_compressed(sink, id=np.arange(6), p=np.full(6, 0.5))
    return sink.getvalue()


SEEDS = {
    "csv": csv_of().encode(),
    "jsonl": b"".join(b'{"id": %d, "p": 0.5}\n' % i for i in range(6)),
    "parquet": parquet_file(),
    "npy": npy_bytes(np.full(6, 0.5)),
    "npz": npz_file(),
}


def check(job, name, content):
    report = job.score(name, content)
    assert (report.status is ReportStatus.REFUSED) == bool(report.messages)
    assert (report.status is ReportStatus.SCORED) == bool(report.metrics)


@st.composite
def damaged(draw, seed):
    """Return a good file with some bytes overwritten, removed or inserted."""
    content = bytearray(seed)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        cut = draw(st.integers(0, 4))
        content[at : at + cut] = draw(st.binary(max_size=4))
    return bytes(content)


@pytest.mark.parametrize("suffix", SEEDS)
def test_damaged_files(tmp_path, suffix):
    job = Job(tmp_path)

    @FUZZ
    @given(damaged(SEEDS[suffix]))
    @example(SEEDS[suffix])
    def run(content):
        check(job, f"a.{suffix}", content)

    run()


@pytest.mark.parametrize("suffix", [*SEEDS, "unknown"])
def test_random_bytes(tmp_path, suffix):
    job = Job(tmp_path)

    @FUZZ
    @given(st.binary(max_size=200))
    def run(content):
        check(job, f"a.{suffix}", content)

    run()


CELLS = st.one_of(
    st.sampled_from(
        ["0", "1", "0.5", "-1", "nan", "inf", "", " ", '"', '""', "yes", "no", "1e5", "row-1", "\r"]
    ),
    st.text(max_size=5),
    st.integers().map(str),
    st.floats().map(str),
)


@pytest.mark.parametrize("kind", IDS)
def test_tables_of_random_cells(tmp_path, kind):
    job = Job(tmp_path, columns=COLUMNS)
    job.reference(id=IDS[kind], label=[0, 1, 0, 1, 1, 0], split=["public", "private"] * 3)

    @FUZZ
    @given(st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=8), st.sampled_from(["\n", "\r\n"]))
    def run(rows, end):
        lines = ["id,p,n,c,s", *(",".join(row) for row in rows)]
        check(job, "a.csv", end.join(lines).encode("utf-8", "surrogatepass"))

    run()


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=3,
)


@pytest.mark.parametrize("kind", IDS)
def test_objects_of_random_values(tmp_path, kind):
    import json

    job = Job(tmp_path, columns=COLUMNS)
    job.reference(id=IDS[kind], label=[0, 1, 0, 1, 1, 0], split=["public", "private"] * 3)
    record = st.fixed_dictionaries(
        {"id": st.one_of(JSON, st.sampled_from([0, 1, "row-1"])), "p": JSON, "n": JSON, "c": JSON},
        optional={"s": JSON},
    )

    @FUZZ
    @given(st.lists(record, min_size=1, max_size=6))
    def run(records):
        check(job, "a.jsonl", "\n".join(map(json.dumps, records)))

    run()


ARRAYS = st.sampled_from(["<f8", "<f4", "<f2", ">i4", "<u8", "?", "<U3", "|S3", "<c16", "<M8[s]", "|V4"])


@pytest.mark.parametrize("kind", IDS)
def test_npz_of_random_types(tmp_path, kind):
    job = Job(tmp_path, columns=COLUMNS)
    job.reference(id=IDS[kind], label=[0, 1, 0, 1, 1, 0], split=["public", "private"] * 3)

    def array(dtype, raw):
        dtype = np.dtype(dtype)
        return np.frombuffer((raw * dtype.itemsize)[: 6 * dtype.itemsize], dtype=dtype)

    column = st.builds(array, ARRAYS, st.binary(min_size=6, max_size=6))

    @FUZZ
    @given(st.fixed_dictionaries({"id": column, "p": column, "n": column, "c": column, "s": column}))
    def run(columns):
        sink = io.BytesIO()
        np.savez(sink, **columns)
        check(job, "a.npz", sink.getvalue())

    run()


@FUZZ
@given(st.permutations(range(40)), st.integers(1, 200), st.sampled_from([1, 7, 10**12]))
def test_order_of_rows_never_changes_the_score(tmp_path, order, block_bytes, stride):
    """Dense or scattered ids, cut into blocks anywhere: the same values come out."""
    from scoring.readers import blocks

    job = Job(tmp_path)
    ids = [i * stride - 3 for i in range(40)]
    job.reference(id=ids, label=[i % 2 for i in range(40)], split=["public"] * 40)
    values = [((i * 37) % 40) / 40 for i in range(40)]
    before = job.score("a.csv", csv_of(ids, values)).metrics
    whole = blocks.BLOCK_BYTES
    blocks.BLOCK_BYTES = block_bytes
    try:
        shuffled = csv_of([ids[i] for i in order], [values[i] for i in order])
        assert job.score("b.csv", shuffled).metrics == before
        text_job_metrics = job.score("c.csv", shuffled.replace("\n", "\r\n")).metrics
        assert text_job_metrics == before
    finally:
        blocks.BLOCK_BYTES = whole
