"""Request bodies as streams: a raw body, or the file of a multipart form, in constant memory.

Werkzeug's form parser would write the file to a temporary one before the view runs, before quota and
deadline are looked at. Here the parts are read as they arrive and nothing touches the disk but the blob
store, which hashes while it writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from judge.errors import UploadRejected

CHUNK = 256 * 1024
MAX_PARTS = 20
MAX_FIELD_BYTES = 16 * 1024
BUFFER_BYTES = 1024 * 1024
FILE_FIELD = "file"
OPTIONS = frozenset({"contest", "team", "format", "note", "smoke"})
RAW_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in.

    Attributes:
        filename: as the client named it: hostile until the intake has looked.
        chunks: the bytes; reading them to the end also checks that all announced ones came.
        options: form fields that came before the file.
    """

    filename: str
    chunks: Iterator[bytes]
    options: dict[str, str] = field(default_factory=dict)


def open_upload(request: Request, *, filename: str | None) -> Upload:
    """Return the file of a request, read as far as its beginning.

    Args:
        request: with a raw or a multipart body.
        filename: from the query, for a raw body.

    Raises:
        UnsupportedMediaType: neither a raw nor a multipart body.
        UploadRejected: no file, no name for it, or a malformed form.
    """
    if request.mimetype == RAW_TYPE:
        if not filename:
            raise UploadRejected(
                "Say how the file is called: add ?filename= to the address.",
                code="filename-missing",
                fields={"filename": "This is required."},
            )
        return Upload(filename, body_chunks(request))
    if request.mimetype == "multipart/form-data":
        return _Form(request).open(filename)
    raise UnsupportedMediaType


def body_chunks(request: Request) -> Iterator[bytes]:
    """Yield the body.

    Raises:
        UploadRejected: the client broke off; servers give a short body for that, not an error.
    """
    n_read = 0
    try:
        while chunk := request.stream.read(CHUNK):
            n_read += len(chunk)
            yield chunk
    except ParseException as error:  # a damaged chunk of a body without Content-Length
        raise broken_off() from error
    if request.content_length is not None and n_read != request.content_length:
        raise broken_off()


def broken_off() -> UploadRejected:
    """Return the error for a body that ends before its end."""
    return UploadRejected("The upload broke off before its end. Send it again.", code="upload-truncated")


def malformed() -> UploadRejected:
    """Return the error for a body that is not the form it says it is."""
    return UploadRejected("The form data is damaged or incomplete.", code="form-malformed")


class _Form:
    """Reads a multipart body event by event; the file's bytes are handed on, never kept."""

    def __init__(self, request: Request) -> None:
        boundary = request.mimetype_params.get("boundary", "")
        if not boundary or not boundary.isascii():
            raise malformed()
        self._decoder = MultipartDecoder(
            boundary.encode("ascii"), max_form_memory_size=BUFFER_BYTES, max_parts=MAX_PARTS
        )
        self._body = body_chunks(request)
        self._options: dict[str, str] = {}

    def open(self, filename: str | None) -> Upload:
        """Read up to the file and return it.

        Raises:
            UploadRejected: the form has no file, or is malformed.
        """
        while not isinstance(event := self._next(), Epilogue):
            if isinstance(event, File) and event.name == FILE_FIELD:
                return Upload(filename or event.filename, self._file(), self._options)
            if isinstance(event, Field | File):
                self._read_field(event)
        raise UploadRejected(
            "The form has no file. Send it in the field called file.",
            code="file-missing",
            fields={FILE_FIELD: "This is required."},
        )

    def _file(self) -> Iterator[bytes]:
        """Yield the file's bytes, then make sure that nothing that matters follows."""
        while True:
            event = self._next()
            if not isinstance(event, Data):
                raise malformed()
            if event.data:
                yield event.data
            if not event.more_data:
                break
        while not isinstance(event := self._next(), Epilogue):
            if isinstance(event, Field | File):
                raise UploadRejected(
                    "Put the file last in the form: the field {field} came after it.",
                    code="file-not-last",
                    params={"field": str(event.name)[:40]},
                )

    def _read_field(self, start: Field | File) -> None:
        name = str(start.name)
        if isinstance(start, File) or name not in OPTIONS or name in self._options:
            raise UploadRejected(
                "The form has a field {field}, which is unknown or came twice.",
                code="form-field-unknown",
                params={"field": name[:40]},
            )
        value = bytearray()
        while isinstance(event := self._next(), Data):
            value += event.data
            if len(value) > MAX_FIELD_BYTES:
                raise UploadRejected(
                    "The field {field} is too long.", code="form-field-long", params={"field": name}
                )
            if not event.more_data:
                break
        try:
            self._options[name] = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UploadRejected(
                "The field {field} is not UTF-8.", code="not-utf8", params={"field": name}
            ) from error

    def _next(self) -> Event:
        """Return the next event, reading as much of the body as it takes.

        Raises:
            UploadRejected: the form is malformed or ends too early.
        """
        try:
            event = self._decoder.next_event()
            while isinstance(event, NeedData):
                self._decoder.receive_data(next(self._body, None))
                event = self._decoder.next_event()
        except (ValueError, AttributeError) as error:  # werkzeug: no boundary, no disposition, not UTF-8
            raise malformed() from error
        return event
