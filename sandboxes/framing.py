"""Reads what one side of a conversation says, byte by byte, and says what the other side gets.

Pure: no sockets, no clock. Frames of bytes are handed on as they come, only their lengths are read, so
a frame of any size needs no memory here. Frames of JSON are held back until they were looked at.
"""

import json
import struct
from abc import ABC, abstractmethod

from sandboxes.conversation import Content, Reason, SideRules

LENGTH = struct.Struct(">I")
END = LENGTH.pack(0)  # between frames and raw bytes: the end of the raw side's input or output


class Breach(Exception):
    """A side broke the rules.

    Args:
        reason: which.
        detail: for administrators.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Inlet(ABC):
    """Counts and caps what one side sends.

    Args:
        rules: of that side.

    Attributes:
        frames: whole messages so far.
        n_bytes: of their bodies.
        largest_bytes: of the largest one.
        is_over: it said that no more comes.
    """

    def __init__(self, rules: SideRules) -> None:
        self.rules = rules
        self.frames = 0
        self.n_bytes = 0
        self.largest_bytes = 0
        self.is_over = False

    @abstractmethod
    def feed(self, chunk: bytes) -> bytes:
        """Take what came and return what the other side gets.

        Raises:
            Breach: it is more, or something else, than this side may say.
        """

    def finish(self) -> bytes:
        """Take the end of the stream and return what the other side gets before its own end.

        Raises:
            Breach: it ended in the middle of something.
        """
        self.is_over = True
        return b""

    def _count_bytes(self, n_bytes: int) -> None:
        self.n_bytes += n_bytes
        if self.n_bytes > self.rules.max_bytes:
            raise Breach(Reason.TOO_MANY_BYTES, f"more than {self.rules.max_bytes} bytes in all")

    def _count_frame(self, size: int, n_frames: int = 1) -> None:
        self.frames += n_frames
        self.largest_bytes = max(self.largest_bytes, size)
        if self.frames > self.rules.max_frames:
            raise Breach(Reason.TOO_MANY_FRAMES, f"more than {self.rules.max_frames} messages")


class Frames(Inlet):
    """Frames to frames, or to raw bytes.

    Args:
        rules: of the side that sends.
        is_for_raw: hand on bodies alone, and take an empty frame for the end.
    """

    def __init__(self, rules: SideRules, *, is_for_raw: bool = False) -> None:
        super().__init__(rules)
        self._is_for_raw = is_for_raw
        self._head = b""  # of the next frame's length
        self._left = 0  # of the frame that is under way
        self._size = 0

    def feed(self, chunk: bytes) -> bytes:
        """See `Inlet.feed`."""
        bodies: list[bytes] = []
        at = 0
        while at < len(chunk):
            if self.is_over:
                raise Breach(Reason.GARBAGE, "words after its own end")
            if self._left == 0:
                at = self._read_head(chunk, at)
                continue
            taken = min(self._left, len(chunk) - at)
            if self._is_for_raw:
                bodies.append(chunk[at : at + taken])
            at += taken
            self._left -= taken
            if self._left == 0:
                self._count_frame(self._size)
        # Bodies and lengths are contiguous: between two framed sides the chunk is handed on whole.
        return b"".join(bodies) if self._is_for_raw else chunk

    def _read_head(self, chunk: bytes, at: int) -> int:
        taken = chunk[at : at + LENGTH.size - len(self._head)]
        self._head += taken
        if len(self._head) == LENGTH.size:
            (self._size,) = LENGTH.unpack(self._head)
            self._head = b""
            if self._size > self.rules.max_frame_bytes:
                raise Breach(
                    Reason.FRAME_SIZE, f"frame of {self._size} bytes, allowed {self.rules.max_frame_bytes}"
                )
            self._count_bytes(self._size)
            self._left = self._size
            if self._size == 0:
                self._count_frame(0)
                self.is_over = self._is_for_raw
        return at + len(taken)

    def finish(self) -> bytes:
        """See `Inlet.finish`."""
        if self._left or self._head:
            raise Breach(Reason.CUT, "ended in the middle of a frame")
        return super().finish()


class JsonFrames(Frames):
    """Frames of JSON, each held back until it is whole and was looked at."""

    def __init__(self, rules: SideRules, *, is_for_raw: bool = False) -> None:
        super().__init__(rules, is_for_raw=is_for_raw)
        self._held = bytearray()

    def feed(self, chunk: bytes) -> bytes:
        """See `Inlet.feed`."""
        super().feed(chunk)
        self._held += chunk
        ready = bytearray()
        while len(self._held) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._held)
            end = LENGTH.size + size
            if len(self._held) < end:
                break
            body = bytes(self._held[LENGTH.size : end])
            if body or not self._is_for_raw:
                _check_json(body)
            ready += body if self._is_for_raw else self._held[:end]
            del self._held[:end]
        return bytes(ready)


class Raw(Inlet):
    """Raw bytes to frames.

    Args:
        rules: of the side that sends.
        are_lines: count lines, and cap their length; otherwise each piece that comes is a message.
    """

    def __init__(self, rules: SideRules, *, are_lines: bool) -> None:
        super().__init__(rules)
        self._are_lines = are_lines
        self._tail = 0  # bytes since the last line's end

    def feed(self, chunk: bytes) -> bytes:
        """See `Inlet.feed`."""
        self._count_bytes(len(chunk))
        if not self._are_lines:
            self._count_frame(len(chunk))
            return LENGTH.pack(len(chunk)) + chunk
        *whole, tail = chunk.split(b"\n")
        if whole:
            # Counted together: a flood of empty lines shall not keep the host busy.
            longest = max(self._tail + len(whole[0]), *map(len, whole))
            self._check_line(longest)
            self._tail = 0
            self._count_frame(longest, len(whole))
        self._tail += len(tail)
        self._check_line(self._tail)
        return LENGTH.pack(len(chunk)) + chunk

    def finish(self) -> bytes:
        """See `Inlet.finish`. A last line without an end is a line."""
        super().finish()
        if self._tail:
            self._count_frame(self._tail)
        return END

    def _check_line(self, size: int) -> None:
        if size > self.rules.max_frame_bytes:
            raise Breach(Reason.FRAME_SIZE, f"line above {self.rules.max_frame_bytes} bytes")


def inlet(rules: SideRules, content: Content, *, is_for_raw: bool = False) -> Frames:
    """Return the reader of a side that speaks frames."""
    kind = JsonFrames if content is Content.JSON else Frames
    return kind(rules, is_for_raw=is_for_raw)


def _check_json(body: bytes) -> None:
    try:
        json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # undecodable text is a ValueError too
        raise Breach(Reason.GARBAGE, "a frame is not JSON") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
