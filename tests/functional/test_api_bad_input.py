"""Wrong, huge, empty, truncated and hostile requests: always a 4xx with a code, and nothing left behind."""

import io
import json
import random
import socket
import stat
import zipfile
from urllib.parse import urlsplit

import httpx
import pytest
from live_judge import GOOD_CSV, LiveJudge, Person, running_judge

PROBLEM_JSON = "application/problem+json"
UPLOAD = "/api/v1/problems/tiny/submissions"
RAW = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with running_judge(tmp_path_factory.mktemp("bad") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def person(judge: LiveJudge) -> Person:
    return judge.person()


@pytest.fixture
def nothing_left(judge: LiveJudge, person: Person):
    """The disk and the history are the same afterwards."""
    with judge.http(person) as http:
        before = judge.files(), len(http.get("/api/v1/submissions?limit=100").json()["items"])
        yield
        assert (judge.files(), len(http.get("/api/v1/submissions?limit=100").json()["items"])) == before


def assert_refused(answer: httpx.Response, *statuses: int) -> dict[str, object]:
    assert answer.status_code in (statuses or range(400, 500)), answer.text
    assert answer.headers["Content-Type"] == PROBLEM_JSON
    body = json.loads(answer.content)
    assert body["code"] and body["detail"] and "Traceback" not in answer.text and "/blobs" not in answer.text
    return body


def raw_exchange(url: str, head: str, body: bytes, *, close: bool = False) -> bytes:
    """Send bytes as they are and return all that comes back."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        if close:
            line.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
        return answer


NAMES = {
    "path": "../../etc/passwd.csv",
    "absolute": "/etc/passwd.csv",
    "windows": "..\\..\\x.csv",
    "nul": "rows\x00.csv",
    "long": "x" * 4000 + ".csv",
    "right to left": "rows\u202egsc.csv",
    "newline": "rows\n.csv",
    "dots": "..",
    "spaces": "   ",
    "invalid UTF-8": b"rows\xff\xfe\x00.csv",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.usefixtures("nothing_left")
def test_absurd_names_in_the_query(judge: LiveJudge, person: Person, name: str | bytes) -> None:
    from urllib.parse import quote

    with judge.http(person) as http:
        answer = http.post(f"{UPLOAD}?filename={quote(name)}", content=GOOD_CSV, headers=RAW)
    assert_refused(answer, 422)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_absurd_names_in_a_form(judge: LiveJudge, person: Person, name: str | bytes) -> None:
    """A browser's name may be cleaned or refused; what is kept is never a path."""
    text = name if isinstance(name, bytes) else name.encode()
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + text
        + b'"\r\n\r\n'
        + GOOD_CSV
        + b"\r\n--b--\r\n"
    )
    with judge.http(person) as http:
        answer = http.post(UPLOAD, content=form, headers={"Content-Type": "multipart/form-data; boundary=b"})
    if answer.status_code == 201:
        kept = answer.json()["filename"]
        assert not set(kept) & set("/\\\x00\n\u202e") and kept not in ("..", "") and len(kept) <= 200
    else:
        assert_refused(answer, 400, 422)


FILE_PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'

FORMS = {
    "empty": b"",
    "no file": b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--b--\r\n',
    "truncated in the file": FILE_PART + b"id,sco",
    "truncated in a header": b"--b\r\nContent-Disposition: form-da",
    "no disposition": b"--b\r\nX: y\r\n\r\nz\r\n--b--\r\n",
    "no end": FILE_PART + b"id,score\r\n",
    "another boundary": FILE_PART.replace(b"--b", b"--c") + b"id\r\n--c--\r\n",
    "garbage": random.Random(7).randbytes(5000),
    "unknown field": (
        b'--b\r\nContent-Disposition: form-data; name="is_admin"\r\n\r\n1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid\r\n--b--\r\n'
    ),
    "field after the file": (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + GOOD_CSV + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nlate\r\n--b--\r\n'
    ),
    "two files": (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + GOOD_CSV + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\n'
        + GOOD_CSV
        + b"\r\n--b--\r\n"
    ),
    "a huge field": b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
    + b"x" * 900_000
    + b"\r\n--b--\r\n",
    "a huge header": b"--b\r\nX: " + b"x" * 2_000_000,
    "a thousand parts": b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\nx\r\n' * 1000 + b"--b--\r\n",
    "note not UTF-8": (
        b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xff\xfe\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid\r\n--b--\r\n'
    ),
    "header not UTF-8": FILE_PART.replace(b"a.csv", b"\xff\xfe.csv") + b"id\r\n--b--\r\n",
    "team not a number": (
        b'--b\r\nContent-Disposition: form-data; name="team"\r\n\r\nours\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid\r\n--b--\r\n'
    ),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
@pytest.mark.usefixtures("nothing_left")
def test_damaged_forms(judge: LiveJudge, person: Person, body: bytes) -> None:
    with judge.http(person) as http:
        answer = http.post(UPLOAD, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert_refused(answer, 400, 413, 422)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 415),
        ("text/csv", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
        ("multipart/form-data", 422),
        ("multipart/form-data; boundary=ä", 422),
        ("multipart/form-data; boundary=", 422),
        ("application/octet-stream; charset=\x01".replace("\x01", "?"), 201),
    ],
)
def test_content_types(judge: LiveJudge, person: Person, kind: str, status: int) -> None:
    with judge.http(person) as http:
        answer = http.post(
            f"{UPLOAD}?filename=a.csv", content=GOOD_CSV, headers={"Content-Type": kind.encode("latin-1")}
        )
    assert answer.status_code == status, answer.text
    if status != 201:
        assert_refused(answer, status)


def _zip(*members: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return stream.getvalue()


def _link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


ARCHIVES = {
    "slip": _zip(("../../evil.npy", b"x")),
    "absolute": _zip(("/etc/passwd.npy", b"x")),
    "link": _zip((_link("a.npy"), b"/etc/passwd")),
    "bomb": _zip(("a.npy", b"\0" * 600_000_000)),
    "not a zip": b"PK\x03\x04 but not really",
    "truncated": _zip(("a.npy", b"\x93NUMPY" + b"x" * 5000))[:-40],
    "no arrays": _zip(("readme.txt", b"hello")),
}


@pytest.mark.parametrize("body", ARCHIVES.values(), ids=ARCHIVES.keys())
@pytest.mark.usefixtures("nothing_left")
def test_hostile_archives(judge: LiveJudge, person: Person, body: bytes) -> None:
    with judge.http(person) as http:
        answer = http.post(f"{UPLOAD}?filename=rows.npz", content=body, headers=RAW)
    assert_refused(answer, 413, 422)


FILES = {
    "empty": (b"", "rows.csv"),
    "another format": (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "rows.csv"),
    "no such format": (GOOD_CSV, "rows.exe"),
    "a format of another problem": (GOOD_CSV, "rows.onnx"),
    "a pickle": (b"\x80\x04\x95" + b"x" * 50, "rows.npz"),
}


@pytest.mark.parametrize(("body", "name"), FILES.values(), ids=FILES.keys())
@pytest.mark.usefixtures("nothing_left")
def test_files_that_are_not_what_was_asked_for(
    judge: LiveJudge, person: Person, body: bytes, name: str
) -> None:
    with judge.http(person) as http:
        assert_refused(http.post(f"{UPLOAD}?filename={name}", content=body, headers=RAW), 422)


@pytest.mark.usefixtures("nothing_left")
def test_too_large_is_refused_by_its_announcement(judge: LiveJudge, person: Person) -> None:
    """Not a byte of the body is sent: the answer must come all the same."""
    head = (
        f"POST {UPLOAD}?filename=rows.csv HTTP/1.1\nHost: judge\nAuthorization: Bearer {person.token}\n"
        "Content-Type: application/octet-stream\nContent-Length: 3000000\nConnection: close\n"
    )
    answer = raw_exchange(judge.url, head, b"", close=True)
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert b"payload-too-large" in answer


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("n_mib", [1.5, 12])
def test_too_large_without_an_announcement(judge: LiveJudge, person: Person, n_mib: float) -> None:
    def chunks():
        for _ in range(int(n_mib * 16)):
            yield b"1,0.5\n" * 10923

    with judge.http(person) as http:
        try:
            answer = http.post(f"{UPLOAD}?filename=rows.csv", content=chunks(), headers=RAW)
        except httpx.TransportError:
            assert n_mib > 4  # the server hung up on a body that would not end
            return
    assert assert_refused(answer, 413)["code"] == "payload-too-large"


@pytest.mark.usefixtures("nothing_left")
def test_a_broken_off_upload_is_no_submission(judge: LiveJudge, person: Person) -> None:
    head = (
        f"POST {UPLOAD}?filename=rows.csv HTTP/1.1\nHost: judge\nAuthorization: Bearer {person.token}\n"
        "Content-Type: application/octet-stream\nContent-Length: 500\nConnection: close\n"
    )
    answer = raw_exchange(judge.url, head, GOOD_CSV, close=True)
    assert answer == b"" or b" 4" in answer.split(b"\r\n")[0][:13]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "body", [b"zz\r\nid\r\n0\r\n\r\n", b"5\r\nid", b"-1\r\n\r\n", b"ffffffffffffffff\r\nid\r\n"]
)
def test_damaged_chunks(judge: LiveJudge, person: Person, body: bytes) -> None:
    head = (
        f"POST {UPLOAD}?filename=rows.csv HTTP/1.1\nHost: judge\nAuthorization: Bearer {person.token}\n"
        "Content-Type: application/octet-stream\nTransfer-Encoding: chunked\nConnection: close\n"
    )
    answer = raw_exchange(judge.url, head, body, close=True)
    assert answer == b"" or b" 4" in answer.split(b"\r\n")[0][:13], answer[:300]


def test_a_lying_content_length_keeps_only_what_it_says(judge: LiveJudge, person: Person) -> None:
    head = (
        f"POST {UPLOAD}?filename=rows.csv HTTP/1.1\nHost: judge\nAuthorization: Bearer {person.token}\n"
        f"Content-Type: application/octet-stream\nContent-Length: {len(GOOD_CSV)}\nConnection: close\n"
    )
    answer = raw_exchange(judge.url, head, GOOD_CSV + b"5,0.5\n" * 100)
    assert b" 201 " in answer.split(b"\r\n")[0]
    assert f'"size_bytes":{len(GOOD_CSV)}'.encode() in answer


QUERIES = [
    "/api/v1/submissions?limit=-1",
    "/api/v1/submissions?limit=0",
    "/api/v1/submissions?limit=1e9",
    "/api/v1/submissions?limit=99999999999999999999999999",
    "/api/v1/submissions?cursor=../..",
    "/api/v1/submissions?cursor=" + "9" * 3000,
    "/api/v1/submissions?team=-5",
    "/api/v1/submissions?team=99999999999999999999",
    "/api/v1/submissions?problem=%00",
    "/api/v1/submissions?problem=%ff%fe",
    "/api/v1/submissions?problem=' OR 1=1 --",
    "/api/v1/submissions?sort=id",
    "/api/v1/submissions/%00",
    "/api/v1/submissions/%ff",
    "/api/v1/submissions/" + "a" * 3000,
    "/api/v1/submissions/..%2f..%2fetc",
    "/api/v1/submissions/abc?wait=-1",
    "/api/v1/submissions/abc?wait=forever",
    "/api/v1/submissions/abc?since=yesterday",
    "/api/v1/problems/%00",
    "/api/v1/problems/TINY",
    "/api/v1/problems/%F0%9F%92%A9",
    "/api/v1/problems/tiny/files/%00",
    "/api/v1/problems/tiny/files/" + "a/" * 1000,
    "/api/v1/problems?contest=%00",
    "/api/v1/problems?contest=no-such-contest",
    "/api/v1/contests/%00",
    "/api/v1/contests/practice/leaderboard?limit=-1",
    "/api/v1/contests/practice/leaderboard?offset=-1",
    "/api/v1/contests/practice/leaderboard?offset=99999999999999999999",
    "/api/v1/contests/practice/leaderboard?problem=no-such",
    "/api/v1/contests/practice/leaderboard?split=secret",
    "/api/v1/contests/practice/leaderboard?phase=99",
    "/api/v1/nothing",
    "/api/v2/me",
    "/api/",
]


@pytest.mark.parametrize("address", QUERIES)
def test_hostile_queries(judge: LiveJudge, person: Person, address: str) -> None:
    with judge.http(person) as http:
        assert_refused(http.get(address), 404, 422)


def _deep(n: int) -> bytes:
    return b'{"team":' * n + b"1" + b"}" * n


BODIES = {
    "empty": b"",
    "not JSON": b"team=1",
    "truncated": b'{"team": 1',
    "deep": _deep(3000),
    "deep list": b"[" * 30_000 + b"]" * 30_000,
    "not UTF-8": b'{"team": "\xff\xfe"}',
    "a list": b"[1]",
    "a number": b"7",
    "a string for a number": b'{"team": "one"}',
    "a huge number": b'{"team": 1' + b"0" * 4000 + b"}",
    "a very huge number": b'{"team": 1' + b"0" * 9000 + b"}",
    "NaN": b'{"team": NaN}',
    "unknown": b'{"team": 1, "role": "admin"}',
    "huge": b'{"team": "' + b"x" * 300_000 + b'"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_hostile_json(judge: LiveJudge, person: Person, body: bytes) -> None:
    with judge.http(person) as http:
        answer = http.post(
            "/api/v1/contests/practice/entry", content=body, headers={"Content-Type": "application/json"}
        )
    assert_refused(answer, 400, 413, 422)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_other_methods(judge: LiveJudge, person: Person, method: str) -> None:
    with judge.http(person) as http:
        answer = http.request(method, "/api/v1/me", content=b"{}")
    assert assert_refused(answer, 405)["code"] == "method-not-allowed"
    assert "GET" in answer.headers["Allow"]


def test_notes_are_kept_as_text_or_refused(judge: LiveJudge, person: Person) -> None:
    with judge.http(person) as http:
        for note in ("a\nb", "\x00", "x" * 201, "\x1b[31m"):
            answer = http.post(
                UPLOAD, params={"filename": "a.csv", "note": note}, content=GOOD_CSV, headers=RAW
            )
            assert "note" in [error["field"] for error in assert_refused(answer, 422)["errors"]]
        markup = "<script>alert(1)</script>"
        made = http.post(UPLOAD, params={"filename": "a.csv", "note": markup}, content=GOOD_CSV, headers=RAW)
        assert made.json()["note"] == markup
        assert made.headers["Content-Type"] == "application/json"
        assert made.headers["X-Content-Type-Options"] == "nosniff"


def test_field_messages_say_what_is_wrong_in_both_languages(judge: LiveJudge, person: Person) -> None:
    with judge.http(person) as http:
        english = assert_refused(
            http.get("/api/v1/submissions?limit=-1", headers={"Accept-Language": "en"}), 422
        )
    assert english["errors"] == [{"field": "limit", "message": "This must be at least 1."}]


def test_another_teams_number_is_refused(judge: LiveJudge, person: Person) -> None:
    stranger = judge.person()
    with judge.http(person) as http:
        answer = http.post(
            UPLOAD, params={"filename": "a.csv", "team": stranger.team_id}, content=GOOD_CSV, headers=RAW
        )
    assert_refused(answer, 403, 404)
