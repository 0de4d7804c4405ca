"""Counts the parameters of an ONNX file and finds references to other files, without the onnx library.

onnxruntime tells neither. ONNX is protobuf; only four message types lead to tensors, so a walk over
fields is enough: model.graph -> initializer | node.attribute.(t | tensors | g | graphs).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

MAX_NESTING = 32
# Field numbers of onnx.proto3.
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_ATTRIBUTE = 5
_ATTR_TENSOR, _ATTR_GRAPH, _ATTR_TENSORS, _ATTR_GRAPHS, _ATTR_SPARSE = 5, 6, 10, 11, 22
_TENSOR_DIMS, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 1, 13, 14
_SPARSE_VALUES = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(slots=True)
class OnnxSummary:
    """What was found.

    Attributes:
        n_parameters: elements of all stored tensors.
        has_external_data: whether any tensor says that its bytes are in another file.
    """

    n_parameters: int = 0
    has_external_data: bool = False


def scan(model: bytes) -> OnnxSummary:
    """Walk a serialised model.

    Args:
        model: bytes of the file.

    Returns:
        The summary.

    Raises:
        ValueError: it is not protobuf of this shape.
    """
    summary = OnnxSummary()
    for number, value in _messages(memoryview(model)):
        if number == _MODEL_GRAPH:
            _graph(value, summary, 0)
    return summary


def _graph(message: memoryview, summary: OnnxSummary, depth: int) -> None:
    if depth > MAX_NESTING:
        raise ValueError("graphs nested too deeply")
    for number, value in _messages(message):
        if number == _GRAPH_INITIALIZER:
            _tensor(value, summary)
        elif number == _GRAPH_SPARSE:
            _sparse(value, summary)
        elif number == _GRAPH_NODE:
            for inner, attribute in _messages(value):
                if inner == _NODE_ATTRIBUTE:
                    _attribute(attribute, summary, depth)


def _attribute(message: memoryview, summary: OnnxSummary, depth: int) -> None:
    for number, value in _messages(message):
        if number in {_ATTR_TENSOR, _ATTR_TENSORS}:
            _tensor(value, summary)
        elif number in {_ATTR_GRAPH, _ATTR_GRAPHS}:
            _graph(value, summary, depth + 1)
        elif number == _ATTR_SPARSE:
            _sparse(value, summary)


def _sparse(message: memoryview, summary: OnnxSummary) -> None:
    for number, value in _messages(message):
        if number == _SPARSE_VALUES:
            _tensor(value, summary)


def _tensor(message: memoryview, summary: OnnxSummary) -> None:
    dims: list[int] = []
    for number, value in _fields(message):
        if number == _TENSOR_DIMS:
            dims += [value] if isinstance(value, int) else list(_varints(value))
        elif number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value == 1):
            summary.has_external_data = True
    summary.n_parameters += math.prod(dims)


def _varints(message: memoryview) -> Iterator[int]:
    at = 0
    while at < len(message):
        value, at = _varint(message, at)
        yield value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("broken number")


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields that hold bytes, which nested messages are."""
    for number, value in _fields(message):
        if isinstance(value, memoryview):
            yield number, value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == _BYTES:
            length, at = _varint(message, at)
        elif wire in {_FIXED64, _FIXED32}:
            length = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError("unknown wire type")
        if at + length > len(message):
            raise ValueError("field runs past the end")
        yield number, message[at : at + length]
        at += length
