"""Counting ONNX parameters without the onnx library, checked against the onnx library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from sandboxes.inside.onnx_scan import scan


def tensor(name: str, *shape: int):
    return numpy_helper.from_array(np.ones(shape, np.float32), name)


def model(nodes=(), weights=()) -> bytes:
    graph = helper.make_graph(list(nodes), "g", [], [], list(weights))
    return helper.make_model(graph).SerializeToString()


def test_initialisers_constants_and_subgraphs_are_counted() -> None:
    inner = helper.make_graph([], "inner", [], [], [tensor("c", 2, 2)])
    nodes = [
        helper.make_node("Constant", [], ["k"], value=tensor("k", 5)),
        helper.make_node("If", ["cond"], ["y"], then_branch=inner, else_branch=inner),
    ]
    summary = scan(model(nodes, [tensor("a", 3, 4), tensor("scalar")]))
    assert summary.n_parameters == 12 + 1 + 5 + 4 + 4
    assert not summary.has_external_data


def test_sparse_weights_count_what_is_stored() -> None:
    values = tensor("v", 3)
    indices = numpy_helper.from_array(np.array([0, 5, 9], np.int64), "i")
    proto = helper.make_model(helper.make_graph([], "g", [], []))
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [10]))
    assert scan(proto.SerializeToString()).n_parameters == 3


@pytest.mark.parametrize("says_location", [True, False])
def test_weights_in_another_file_are_seen(says_location: bool) -> None:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    weight.external_data.add(key="location", value="../../hidden/reference/reference.npz")
    if says_location:
        weight.data_location = TensorProto.EXTERNAL
    assert scan(model(weights=[weight])).has_external_data


def field(number: int, content: bytes) -> bytes:
    """A protobuf field of bytes; the library itself refuses to write what the next test needs."""
    length, size = len(content), b""
    while length >= 0x80:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


@pytest.mark.parametrize(("depth", "is_refused"), [(10, False), (40, True), (2000, True)])
def test_nesting_is_bounded(depth: int, is_refused: bool) -> None:
    graph = field(5, b"\x08\x03")  # one tensor of dims [3]
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    if is_refused:
        with pytest.raises(ValueError, match="deep"):
            scan(field(7, graph))
    else:
        assert scan(field(7, graph)).n_parameters == 3


@given(st.binary(max_size=200))
def test_any_bytes_are_scanned_or_refused(content: bytes) -> None:
    try:
        assert scan(content).n_parameters >= 0
    except ValueError:
        return


def test_damaged_models_are_scanned_or_refused() -> None:
    whole = model(weights=[tensor("a", 3, 4)])
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            scan(bytes(damaged))
        except ValueError:
            continue
