"""What one side of a conversation may say: frames, JSON, raw bytes, in pieces of any size."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.conversation import Content, Reason, SideRules
from sandboxes.framing import END, Breach, Frames, Raw, inlet

RULES = SideRules(max_frame_bytes=1000, max_bytes=5000, max_frames=20)


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def feed(reader, stream: bytes, size: int) -> bytes:
    return b"".join(reader.feed(stream[at : at + size]) for at in range(0, len(stream), size))


bodies = st.lists(st.binary(max_size=100), max_size=10)


@given(bodies, st.integers(1, 50))
def test_frames_pass_unchanged_in_whatever_pieces(found, size):
    stream = b"".join(map(frame, found))
    reader = Frames(RULES)
    assert feed(reader, stream, size) == stream
    assert reader.finish() == b""
    assert (reader.frames, reader.n_bytes) == (len(found), sum(map(len, found)))
    assert reader.largest_bytes == max(map(len, found), default=0)


@given(bodies, st.integers(1, 50))
def test_for_a_raw_side_bodies_alone_pass_up_to_the_empty_frame(found, size):
    wanted = [body for body in found if body]
    reader = Frames(RULES, is_for_raw=True)
    assert feed(reader, b"".join(map(frame, wanted)) + END, size) == b"".join(wanted)
    assert reader.is_over
    with pytest.raises(Breach) as caught:
        reader.feed(b"\0")
    assert caught.value.reason is Reason.GARBAGE


@given(st.lists(st.sampled_from([b"1", b'{"a":[null]}', b'"\xe4\xb8\xad"']), max_size=8), st.integers(1, 9))
def test_json_passes_frame_by_frame(found, size):
    stream = b"".join(map(frame, found))
    assert feed(inlet(RULES, Content.JSON), stream, size) == stream


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b"[1,Infinity]", b"\xff", b"[" * 900, b"1" * 999, b"{}x"]
)
def test_what_is_not_json(body):
    with pytest.raises(Breach) as caught:
        inlet(SideRules(max_frame_bytes=10_000), Content.JSON).feed(
            frame(body * 6 if body == b"1" * 999 else body)
        )
    assert caught.value.reason is Reason.GARBAGE


def test_json_is_held_back_until_it_was_looked_at():
    reader = inlet(RULES, Content.JSON)
    assert reader.feed(frame(b"[1, 2]")[:-1]) == b""
    assert reader.feed(b"]") == frame(b"[1, 2]")


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (struct.pack(">I", 1001), Reason.FRAME_SIZE),
        (b"GET / HTTP/1.1", Reason.FRAME_SIZE),
        (frame(bytes(900)) * 6, Reason.TOO_MANY_BYTES),
        (frame(b"") * 21, Reason.TOO_MANY_FRAMES),
    ],
)
def test_caps_on_frames(stream, reason):
    for size in (1, 7, len(stream)):
        with pytest.raises(Breach) as caught:
            feed(Frames(RULES), stream, size)
        assert caught.value.reason is reason


def test_a_cap_itself_is_allowed():
    assert Frames(RULES).feed(frame(bytes(1000)) * 5)
    assert Frames(RULES).feed(frame(b"") * 20)


@pytest.mark.parametrize("cut", [1, 3, 4, 6])
def test_an_end_within_a_frame(cut):
    reader = Frames(RULES)
    reader.feed(frame(b"abc")[:cut])
    with pytest.raises(Breach) as caught:
        reader.finish()
    assert caught.value.reason is Reason.CUT


@given(st.lists(st.sampled_from([b"", b"a", b"word"]), max_size=8), st.integers(1, 9))
def test_lines_are_counted_whatever_the_pieces(lines, size):
    stream = b"".join(line + b"\n" for line in lines)
    reader = Raw(RULES, are_lines=True)
    framed = feed(reader, stream, size)
    assert Frames(SideRules(), is_for_raw=True).feed(framed) == stream
    assert (reader.frames, reader.n_bytes) == (len(lines), len(stream))
    assert reader.largest_bytes == max(map(len, lines), default=0)
    assert reader.finish() == END
    assert reader.frames == len(lines)


def test_a_last_line_without_an_end_counts_when_the_stream_ends():
    reader = Raw(RULES, are_lines=True)
    reader.feed(b"one\ntwo")
    assert reader.frames == 1
    reader.finish()
    assert (reader.frames, reader.largest_bytes) == (2, 3)


def test_pieces_of_raw_bytes():
    reader = Raw(RULES, are_lines=False)
    assert reader.feed(b"ab\n") == frame(b"ab\n")
    assert (reader.frames, reader.largest_bytes) == (1, 3)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"x" * 1001, Reason.FRAME_SIZE),
        (b"x" * 1001 + b"\n", Reason.FRAME_SIZE),
        (b"\n" * 21, Reason.TOO_MANY_FRAMES),
        ((b"x" * 990 + b"\n") * 6, Reason.TOO_MANY_BYTES),
    ],
)
def test_caps_on_lines(stream, reason):
    for size in (7, len(stream)):
        with pytest.raises(Breach) as caught:
            feed(Raw(RULES, are_lines=True), stream, size)
        assert caught.value.reason is reason
