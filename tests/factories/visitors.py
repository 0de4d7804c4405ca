"""Somebody with a browser that runs no scripts: keeps cookies, fills in forms as they were served."""

import re
from io import BytesIO

from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.worlds import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Visitor:
    """One browser."""

    def __init__(self, app: Flask, *, language: str = "en") -> None:
        self._client = app.test_client()
        self._headers = {"Accept-Language": language, "Accept": "text/html"}

    def get(self, path: str, **more: object) -> TestResponse:
        # buffered: a download is read and closed at once
        return self._client.get(
            path, buffered=True, headers={**self._headers, **more.pop("headers", {})}, **more
        )

    def post(
        self, path: str, fields: dict[str, object] | None = None, *, form_at: str = "", **more: object
    ) -> TestResponse:
        """Load the page with the form, then send it with the token found there."""
        page = self.get(form_at or path)
        found = _TOKEN.search(page.text)
        assert found, f"{form_at or path} has no form"
        sent = {"csrf_token": found.group(1), **(fields or {})}
        return self._client.post(
            path, data=sent, headers={**self._headers, **more.pop("headers", {})}, **more
        )

    def post_bare(self, path: str, **more: object) -> TestResponse:
        return self._client.post(path, headers={**self._headers, **more.pop("headers", {})}, **more)

    def sign_in(self, username: str, password: str = PASSWORD) -> "Visitor":
        answer = self.post("/sign-in", {"username": username, "password": password})
        assert answer.status_code == 303, answer.text
        return self

    def hand_in(
        self,
        slug: str,
        body: bytes,
        filename: str = "predictions.csv",
        *,
        as_script: bool = False,
        **fields: str,
    ) -> TestResponse:
        headers = {"Accept": "application/json"} if as_script else {}
        return self.post(
            f"/problems/{slug}/submit", {"file": (BytesIO(body), filename), **fields}, headers=headers
        )
