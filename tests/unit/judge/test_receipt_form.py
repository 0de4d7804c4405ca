"""Receipts: what is signed cannot be changed, what is sealed cannot be read, and nothing bad gets through."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge.errors import ReceiptRefused
from judge.receipts import SigningKey, closed, key_id_of, read, seal, sign, verify

KEY = SigningKey(bytes(range(32)))
KEYS = {KEY.key_id: KEY.public_key}
STATEMENT = {"submission": {"id": "ab"}, "judgement": {"verdict": "AC"}, "made_by": {"seed": 7}}
VALUES = {"public": 0.75, "private": 0.5}


FUZZ = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def made() -> dict:
    parts = {split: seal({"score": score, "metrics": []}) for split, score in VALUES.items()}
    return read(json.dumps(sign(STATEMENT, parts, KEY)).encode())


def refusal(receipt: dict, keys: dict[str, str] = KEYS) -> str:
    with pytest.raises(ReceiptRefused) as caught:
        verify(receipt, keys)
    assert caught.value.formatted()
    return caught.value.code


def test_rfc_8032_key_gives_its_public_half() -> None:
    # RFC 8032, 7.1, test 1
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    assert SigningKey(seed).public_key == public
    assert SigningKey(seed).key_id == key_id_of(public)


def test_a_receipt_is_valid_whatever_part_of_it_is_opened() -> None:
    whole = made()
    for splits in (frozenset(), frozenset({"public"}), frozenset(VALUES)):
        found = verify(closed(whole, splits), KEYS)
        assert set(found.opened) == splits
        assert found.statement["judgement"]["verdict"] == "AC"
    assert "0.5" not in json.dumps(closed(whole, frozenset({"public"})))


def test_order_and_spacing_of_json_do_not_matter() -> None:
    shuffled = json.loads(json.dumps(made(), indent=3))
    shuffled["statement"] = dict(reversed(shuffled["statement"].items()))
    assert verify(shuffled, KEYS).key_id == KEY.key_id


def test_sealed_values_cannot_be_found_by_trying() -> None:
    one, other = made(), made()
    assert one["statement"]["sealed"] != other["statement"]["sealed"]  # same scores, other salts


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("statement", "judgement", "verdict"), "WA", "receipt-forged"),
        (("statement", "sealed", "public"), "0" * 64, "receipt-forged"),
        (("statement", "more"), 1, "receipt-forged"),
        (("statement", "more"), 2**60, "receipt-forged"),
        (("statement", "format"), 2, "receipt-unreadable"),
        (("signature", "value"), "AAAA", "receipt-forged"),
        (("signature", "value"), "nonsense!", "receipt-forged"),
        (("signature", "value"), None, "receipt-forged"),
        (("signature", "key_id"), "0123456789abcdef", "receipt-key-unknown"),
        (("signature", "key_id"), ["a"], "receipt-key-unknown"),
        (("signature", "algorithm"), "none", "receipt-key-unknown"),
        (("opened", "private", "score"), 0.9, "receipt-part-forged"),
        (("opened", "private", "salt"), "", "receipt-part-forged"),
        (("opened", "private"), [], "receipt-part-forged"),
        (("opened", "sample"), {"score": 1}, "receipt-part-forged"),
        (("opened",), [], "receipt-unreadable"),
        (("signature",), "x", "receipt-unreadable"),
    ],
)
def test_what_was_changed_is_refused(path: tuple[str, ...], value: object, code: str) -> None:
    receipt = made()
    inner = receipt
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    assert refusal(receipt) == code


def test_signing_again_with_another_key_does_not_help() -> None:
    forged = copy.deepcopy(made())
    forged["statement"]["judgement"]["verdict"] = "AC"
    mine = SigningKey.generate()
    again = sign({k: v for k, v in forged["statement"].items() if k not in {"format", "sealed"}}, {}, mine)
    assert refusal(again) == "receipt-key-unknown"
    again["signature"]["key_id"] = KEY.key_id  # under the judge's name
    assert refusal(again) == "receipt-forged"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (1024 * 1024 + 1),
    ],
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(ReceiptRefused) as caught:
        read(raw)
    assert caught.value.code == "receipt-unreadable"


@FUZZ
@given(cut=st.integers(min_value=0, max_value=2000))
def test_a_truncated_receipt_is_refused(cut: int) -> None:
    raw = json.dumps(made()).encode()
    if cut >= len(raw):
        return
    with pytest.raises(ReceiptRefused):
        verify(read(raw[:cut]), KEYS)


@FUZZ
@given(
    receipt=st.fixed_dictionaries(
        {}, optional={name: JSON for name in ("statement", "signature", "opened", "more")}
    )
)
def test_anything_else_is_refused_and_never_crashes(receipt: dict) -> None:
    with pytest.raises(ReceiptRefused):
        verify(receipt, KEYS)
