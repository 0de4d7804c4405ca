"""Values that may cross the channel, as JSON. The reading side trusts nothing.

null, true, 1, 0.5, "text"      themselves; integers within 64 bits
[...]                           list
{"$tuple": [...]}               tuple
{"$map": {...}}                 dict with text keys
{"$float": "nan"}               nan, inf, -inf
{"$array": {"dtype", "shape", "data"}}    NumPy array, little-endian, base64; shape [] is a scalar
"""

import base64
import binascii
import json
import math
from typing import Any

import numpy as np

_KINDS = (("int", (8, 16, 32, 64)), ("uint", (8, 16, 32, 64)), ("float", (16, 32, 64)))
DTYPES = frozenset({"bool", *(f"{kind}{bits}" for kind, sizes in _KINDS for bits in sizes)})
_MAX_DEPTH = 32
_MAX_NODES = 1_000_000
_MAX_INT = 2**63
_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Malformed(Exception):
    """The bytes are not a value of this format."""


def encode(value: object) -> Any:  # noqa: ANN401  # JSON
    """Return a value as JSON.

    Raises:
        TypeError: it is none of the types above (a mistake of a test's author).
    """
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [encode(item) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"$map": {key: encode(item) for key, item in value.items()}}
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(np.asarray(value))
    return _encode_scalar(value)


def _encode_scalar(value: object) -> Any:  # noqa: ANN401  # JSON
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) < _MAX_INT:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    raise TypeError(f"{type(value).__name__} cannot be sent to a contestant's function")


def _encode_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    if array.dtype.name not in DTYPES:
        raise TypeError(f"array of {array.dtype} cannot be sent to a contestant's function")
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(little.tobytes()).decode("ascii")
    return {"$array": {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}}


def parse(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in a frame, undecoded.

    Raises:
        Malformed: it is not one, or has absurdly many or deep parts.
    """
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > _MAX_NODES:
        raise Malformed("too many parts")
    try:
        frame = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error
    if not isinstance(frame, dict):
        raise Malformed("not an object")
    return frame


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def decode(json_value: object, depth: int = 0) -> Any:  # noqa: ANN401  # any value
    """Return the value that `json_value`, which comes from a participant, stands for.

    Raises:
        Malformed: it stands for none.
    """
    if depth > _MAX_DEPTH:
        raise Malformed("too deep")
    if json_value is None or isinstance(json_value, bool | str):
        return json_value
    if isinstance(json_value, int):
        if abs(json_value) >= _MAX_INT:
            raise Malformed("integer beyond 64 bits")
        return json_value
    if isinstance(json_value, float):
        if not math.isfinite(json_value):
            raise Malformed("number beyond float")
        return json_value
    if isinstance(json_value, list):
        return [decode(item, depth + 1) for item in json_value]
    return _decode_tagged(json_value, depth)


def _decode_tagged(tagged: object, depth: int) -> Any:  # noqa: ANN401  # any value
    if not isinstance(tagged, dict) or len(tagged) != 1:
        raise Malformed("not a tagged value")
    ((tag, body),) = tagged.items()
    if tag == "$tuple" and isinstance(body, list):
        return tuple(decode(item, depth + 1) for item in body)
    if tag == "$map" and isinstance(body, dict):
        return {key: decode(item, depth + 1) for key, item in body.items()}
    if tag == "$float" and isinstance(body, str) and body in _FLOATS:
        return _FLOATS[body]
    if tag == "$array" and isinstance(body, dict):
        return _decode_array(body)
    raise Malformed("unknown tag")


def _decode_array(body: dict[str, Any]) -> Any:  # noqa: ANN401  # array or NumPy scalar
    dtype, shape, data = body.get("dtype"), body.get("shape"), body.get("data")
    if not (isinstance(dtype, str) and dtype in DTYPES and isinstance(data, str) and len(body) == 3):
        raise Malformed("not an array")
    if not (isinstance(shape, list) and len(shape) <= 8 and all(type(n) is int and n >= 0 for n in shape)):
        raise Malformed("no shape")
    try:
        raw = base64.b64decode(data, validate=True)
        flat = np.frombuffer(raw, dtype=np.dtype(dtype).newbyteorder("<"))
        if math.prod(shape) != flat.size:
            raise Malformed("shape does not fit")
        return flat.astype(dtype).reshape(shape)[()]
    except (binascii.Error, ValueError, OverflowError) as error:
        raise Malformed(str(error)) from error
