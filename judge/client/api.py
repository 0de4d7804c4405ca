"""`JudgeClient`: everything a team's script does with the judge, typed."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from judge.client.config import clean_url
from judge.client.errors import ClientError, ServerUnavailable
from judge.client.files import Progress, chunks, inside, save_stream, sha256_of
from judge.client.records import Account, Contest, Leaderboard, Plot, Problem, ProblemFile, Submission
from judge.client.standings import Choice, Standings
from judge.client.transport import Retrying, send

LONG_POLL_S = 30
BUSY_PAUSE_S = 0.5


class JudgeClient:
    """Talks with one judge. A context manager; safe to share between threads.

    Args:
        base_url: address of the judge, without `/api`.
        token: bearer token made in the portal; "" for what anybody may see.
        language: `en` or `zh`, of the messages.
        retrying: how often and patiently requests are repeated.

    Raises:
        ConfigError: the address is not one.
    """

    def __init__(
        self, base_url: str, token: str = "", *, language: str = "en", retrying: Retrying | None = None
    ) -> None:
        headers = {"Accept-Language": language, "User-Agent": _user_agent()}
        if token:
            headers["Authorization"] = f"Bearer {_header_safe(token)}"
        self._retrying = retrying or Retrying()
        self._http = httpx.Client(
            base_url=clean_url(base_url) + "/api/v1/",
            headers=headers,
            timeout=httpx.Timeout(30, connect=10, write=120),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Account:
        """Return whose token this is."""
        return Account.from_json(self._get("me"))

    def problems(self, *, contest: str | None = None) -> list[Problem]:
        """Return the problems one can submit to, those of `contest` if given."""
        return [Problem.from_json(item) for item in self._pages("problems", {"contest": contest})]

    def problem(self, slug: str) -> Problem:
        """Return one problem with its statement and files."""
        return Problem.from_json(self._get(f"problems/{_segment(slug)}"))

    def contests(self) -> list[Contest]:
        """Return the contests one may see."""
        return [Contest.from_json(item) for item in self._pages("contests", {})]

    def contest(self, slug: str) -> Contest:
        """Return one contest with its phases and problems."""
        return Contest.from_json(self._get(f"contests/{_segment(slug)}"))

    def enter(self, contest: str, *, team: int | None = None) -> Mapping[str, Any]:
        """Enter a contest with a team (the own solo team by default)."""
        body = {} if team is None else {"team": team}
        return self._json("POST", f"contests/{_segment(contest)}/entry", json=body)

    def leaderboard(
        self,
        contest: str,
        *,
        problem: str | None = None,
        split: str | None = None,
        track: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Leaderboard:
        """Return a page of a contest's leaderboard (of its first problem by default)."""
        params = {"problem": problem, "split": split, "track": track, "limit": limit, "offset": offset}
        return Leaderboard.from_json(self._get(f"contests/{_segment(contest)}/leaderboard", params))

    def standings(
        self,
        contest: str,
        *,
        split: str | None = None,
        track: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Standings:
        """Return a page of the overall ranking of a contest that adds its problems up."""
        params = {"split": split, "track": track, "limit": limit, "offset": offset}
        return Standings.from_json(self._get(f"contests/{_segment(contest)}/standings", params))

    def choose(self, public_id: str, *, is_selected: bool = True) -> Choice:
        """Make a submission one of the team's final ones, or not."""
        url = f"submissions/{_segment(public_id)}/selection"
        return Choice.from_json(self._json("PUT", url, json={"is_selected": is_selected}))

    def submissions(
        self, *, problem: str | None = None, contest: str | None = None, limit: int = 20
    ) -> list[Submission]:
        """Return the newest submissions of the own teams."""
        params = {"problem": problem, "contest": contest, "limit": limit}
        return [Submission.from_json(item) for item in self._get("submissions", params)["items"]]

    def submission(self, public_id: str, *, wait_s: int = 0, since: str | None = None) -> Submission:
        """Return one submission.

        Args:
            public_id: its id.
            wait_s: let the server hold the answer so long until judging is over.
            since: a state; the answer comes as soon as the state is another.
        """
        params = {"wait": wait_s or None, "since": since}
        return Submission.from_json(
            self._get(f"submissions/{_segment(public_id)}", params, timeout_s=wait_s + 30)
        )

    def cancel(self, public_id: str) -> Submission:
        """Take a submission back that still waits, and return it.

        Raises:
            Refused: it is being judged, or is over.
        """
        url = f"submissions/{_segment(public_id)}/cancellation"
        return Submission.from_json(self._json("POST", url, json={}))

    def receipt(self, public_id: str) -> Mapping[str, Any]:
        """Return a submission's signed receipt, as the judge gave it out; see `judge.receipts`."""
        return self._get(f"submissions/{_segment(public_id)}/receipt")

    def receipt_keys(self) -> dict[str, str]:
        """Return the public keys of this judge's receipts: key id → 32 bytes in base64."""
        return {str(item["key_id"]): str(item["public_key"]) for item in self._get("receipt-keys")["items"]}

    def wait(
        self,
        public_id: str,
        *,
        on_change: Callable[[Submission], None] | None = None,
        timeout_s: float | None = None,
    ) -> Submission:
        """Return the submission when judging is over.

        Args:
            public_id: its id.
            on_change: called with each state on the way, the first and the last included, and when what
                it waits for changes.
            timeout_s: give up after so long; None waits for ever.

        Raises:
            ServerUnavailable: `timeout_s` is over, or the server is gone.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        known = self.submission(public_id)
        if on_change:
            on_change(known)
        while not known.is_final:
            left_s = LONG_POLL_S if deadline is None else deadline - time.monotonic()
            if left_s <= 0:
                raise ServerUnavailable(f"{public_id} is still {known.state} after {timeout_s:g} s")
            asked_at = time.monotonic()
            latest = self.submission(
                public_id, wait_s=max(1, min(LONG_POLL_S, int(left_s))), since=known.state
            )
            if on_change and (latest.state, latest.waiting) != (known.state, known.waiting):
                on_change(latest)
            if latest.state == known.state and time.monotonic() - asked_at < BUSY_PAUSE_S:
                self._retrying.sleep(BUSY_PAUSE_S)  # a busy server answers at once instead of holding on
            known = latest
        return known

    def submit(  # noqa: PLR0913 - all but the file keyword-only
        self,
        path: Path,
        *,
        problem: str,
        contest: str | None = None,
        team: int | None = None,
        format: str | None = None,
        note: str = "",
        idempotency_key: str | None = None,
        is_smoke: bool = False,
        progress: Progress | None = None,
    ) -> Submission:
        """Upload a file and return the submission, queued.

        Args:
            path: the file; it is streamed, never held in memory.
            problem: slug.
            contest: slug; without one the practice track, or the only open contest that sets the
                problem.
            team: id of the team that submits; without one the team entered, or the own solo team.
            format: only when the file's name does not tell it.
            note: a line for yourself.
            idempotency_key: the same key gives the same submission for a day; made up if absent.
            is_smoke: judge it on the sample alone; it costs no quota and is not ranked.
            progress: called with (bytes sent, bytes in all).

        Raises:
            Refused: quota, closed contest, format.
            OSError: the file cannot be read.
        """
        size = path.stat().st_size
        params = {
            "filename": path.name,
            "contest": contest,
            "team": team,
            "format": format,
            "note": note or None,
            "smoke": "true" if is_smoke else None,
        }
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(size),
            "Idempotency-Key": idempotency_key or str(uuid.uuid4()),
        }

        def build() -> httpx.Request:
            return self._http.build_request(
                "POST",
                f"problems/{_segment(problem)}/submissions",
                params=_present(params),
                headers=headers,
                content=chunks(path, size, progress),
                timeout=httpx.Timeout(300, connect=10),
            )

        return Submission.from_json(_object(send(self._http, build, self._retrying)))

    def download(self, problem: str, file: ProblemFile, folder: Path) -> Path:
        """Fetch one of a problem's files below `folder`, check its hash, and return where it lies.

        Raises:
            ClientError: the name would leave `folder`, or the bytes are not those announced.
        """
        target = inside(folder, file.path)
        if target.is_file() and sha256_of(target) == file.sha256:
            return target
        url = f"problems/{_segment(problem)}/files/{quote(file.path, safe='/')}"
        response = send(self._http, lambda: self._http.build_request("GET", url), self._retrying, stream=True)
        try:
            save_stream(response.iter_bytes(), target, sha256=file.sha256)
        except httpx.TransportError as error:
            raise ServerUnavailable(f"{file.path} broke off: {error}") from error
        finally:
            response.close()
        return target

    def plot(self, public_id: str, plot: Plot, folder: Path) -> Path:
        """Fetch a picture of a submission below `folder`, and return where it lies.

        Raises:
            ClientError: the name would leave `folder`, or there is no such picture to see.
        """
        target = inside(folder, plot.filename)
        url = f"submissions/{_segment(public_id)}/plots/{_segment(plot.name)}"
        response = send(self._http, lambda: self._http.build_request("GET", url), self._retrying)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(response.content)
        return target

    def _get(
        self, url: str, params: Mapping[str, object] | None = None, *, timeout_s: float = 30
    ) -> Mapping[str, Any]:
        return self._json("GET", url, params=_present(params or {}), timeout=timeout_s)

    def _json(self, method: str, url: str, **options: Any) -> Mapping[str, Any]:  # noqa: ANN401 — httpx's
        response = send(self._http, lambda: self._http.build_request(method, url, **options), self._retrying)
        return _object(response)

    def _pages(self, url: str, params: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            page = self._get(url, {**params, "cursor": cursor})
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ClientError(f"{response.url.copy_with(query=None)} is not a judge: its answer is not JSON")
    return body


def _present(params: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in params.items() if value is not None}


def _segment(text: str) -> str:
    """Return `text` as one segment of a path; `.` and `..` would walk to another resource."""
    if text in {"", ".", ".."}:
        raise ClientError(f"{text!r} is not a name")
    return quote(text, safe="")


def _header_safe(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ClientError("the token has characters that no token has; copy it again")
    return token


def _user_agent() -> str:
    try:
        return f"openmodels-judge/{version('openmodels-judge')}"
    except PackageNotFoundError:
        return "openmodels-judge"
