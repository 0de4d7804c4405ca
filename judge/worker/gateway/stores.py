"""Keeps answers: the same request has the same answer, today, on another host, and when judged again.

The first answer that is written stays. Workers share the database's table; a proof of a package, which has no
database, keeps files.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Protocol

from judge.clock import utc_now
from judge.db.session import Database
from judge.models import ModelAnswer
from judge.services import model_answers
from judge.worker.gateway.calls import ModelReply, ModelRequest


class AnswerStore(Protocol):
    """Where answers are kept."""

    def find(self, key: str) -> ModelReply | None:
        """Return the answer to a request by its key, or None."""
        ...

    def keep(self, request: ModelRequest, reply: ModelReply) -> ModelReply:
        """Keep an answer and return the one that stands: somebody else's, if that came first."""
        ...

    def spent_tokens(self, gateway: str, since: datetime) -> int:
        """Return how many tokens a gateway was really asked for since then."""
        ...


class DatabaseAnswers:
    """Answers in the judge's database, shared by all workers.

    Args:
        database: of the judge.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> ModelReply | None:
        """See `AnswerStore`."""
        with self._database.read() as session:
            row = model_answers.find_answer(session, key)
            return None if row is None else _of_row(row)

    def keep(self, request: ModelRequest, reply: ModelReply) -> ModelReply:
        """See `AnswerStore`."""
        with self._database.transaction() as session:
            row = model_answers.keep_answer(
                session,
                key=request.key,
                gateway=request.gateway,
                model=request.model,
                request=request.body,
                reply=asdict(reply),
                now=utc_now(),
            )
            return _of_row(row)

    def spent_tokens(self, gateway: str, since: datetime) -> int:
        """See `AnswerStore`."""
        with self._database.read() as session:
            return model_answers.spent_tokens(session, gateway, since=since)


class FolderAnswers:
    """Answers as files, one each, for proving a package on one machine. Days are not counted.

    Args:
        folder: made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> ModelReply | None:
        """See `AnswerStore`. A file that cannot be read is no answer."""
        try:
            return ModelReply(**json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, request: ModelRequest, reply: ModelReply) -> ModelReply:
        """See `AnswerStore`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f"{request.key}.new"
        draft.write_text(json.dumps(asdict(reply), ensure_ascii=True), encoding="utf-8")
        draft.replace(self._folder / f"{request.key}.json")
        return reply

    def spent_tokens(self, gateway: str, since: datetime) -> int:
        """See `AnswerStore`."""
        return 0


def _of_row(row: ModelAnswer) -> ModelReply:
    return ModelReply(
        text=row.text,
        ending=row.ending,  # type: ignore[arg-type]  # a CHECK constraint keeps it to these words
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        latency_s=row.latency_s,
    )
