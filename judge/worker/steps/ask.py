"""Puts a prompt, filled in with each hidden row, to the model; counts tokens and notes every call."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from judge.models.words import Verdict
from judge.services.results import CallRecord
from judge.worker.bench import Bench
from judge.worker.gateway.calls import ModelReply, ModelRequest, PromptTooLong
from judge.worker.gateway.desk import Answered, Desk
from judge.worker.verdicts import Ruling
from problems.prompt_rows import PromptRow
from problems.prompt_rules import PromptRules
from problems.prompts import Prompt
from sandboxes.errors import SandboxDied
from scoring.contract import Message

_LOOK_EVERY_S = 0.2


@dataclass(slots=True)
class Asked:
    """What came of asking.

    Attributes:
        answers: by row, in order; fewer than rows where a limit was met.
        calls: of the audit.
        ruling: on a submission that used more than it may; None when every row has an answer.
    """

    answers: list[tuple[PromptRow, ModelReply]] = field(default_factory=list)
    calls: list[CallRecord] = field(default_factory=list)
    ruling: Ruling | None = None

    @property
    def usage(self) -> dict[str, object]:
        """Return what was used, the same whether answers were known or not."""
        return {
            "requests": len(self.calls),
            "prompt_tokens": sum(reply.prompt_tokens for _, reply in self.answers),
            "completion_tokens": sum(reply.completion_tokens for _, reply in self.answers),
        }

    @property
    def requests_sha256(self) -> str:
        """Return one hash over all requests in order, for the receipt."""
        return hashlib.sha256("".join(call.key for call in self.calls).encode()).hexdigest()


def ask(prompt: Prompt, rows: Sequence[PromptRow], rules: PromptRules, desk: Desk, bench: Bench) -> Asked:
    """Ask the model for every row, in order.

    Requests of one handful are under way together, so a budget is overdrawn by a handful at most.

    Args:
        prompt: of the contestant.
        rows: hidden ones.
        rules: of the problem.
        desk: answers.
        bench: tells whether the work was called off.

    Returns:
        Answers, calls, and a ruling where a budget was used up.

    Raises:
        GatewayFault: no answer is to be had.
        SandboxDied: the work was called off.
    """
    asked, deadline_s = Asked(), time.monotonic() + rules.total_s
    parameters = parameters_of(prompt, rules)

    def pause(seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            _check(bench)
            time.sleep(min(left, _LOOK_EVERY_S))

    def answer(row: PromptRow) -> tuple[ModelRequest, Answered | None]:
        _check(bench)
        messages = tuple(prompt.filled(row.values))
        request = ModelRequest(rules.gateway, rules.model, messages, parameters)
        try:
            return request, desk.answer(request, deadline_s=deadline_s, pause=pause)
        except PromptTooLong:
            return request, None

    size = desk.n_at_once(rules.gateway)
    with ThreadPoolExecutor(size) as pool:
        for handful in _handfuls(rows, size):
            for row, (request, answered) in zip(handful, pool.map(answer, handful), strict=True):
                _note(asked, row, request, answered)
                asked.ruling = asked.ruling or _ruling(asked, answered, rules, len(rows))
            if asked.ruling is not None:
                break
    return asked


def parameters_of(prompt: Prompt, rules: PromptRules) -> dict[str, object]:
    """Return the parameters of each request: the problem's, and over them what the submission may state."""
    own = rules.parameters.model_dump(exclude_none=True)
    said = {**own, **prompt.parameters}
    return {name: list(value) if name == "stop" else value for name, value in said.items() if value != ()}


def notes_on(asked: Asked, max_tokens: object) -> tuple[Message, ...]:
    """Return what a contestant should know of answers that are not what they might have been."""
    endings = Counter(reply.ending for _, reply in asked.answers)
    total, limit = len(asked.answers), str(max_tokens)
    notes = []
    if count := endings["refused"]:
        notes.append(Message(code="prompt-refused", params={"count": count, "total": total}))
    if count := endings["length"]:
        notes.append(Message(code="prompt-cut", params={"count": count, "total": total, "limit": limit}))
    return tuple(notes)


def _note(asked: Asked, row: PromptRow, request: ModelRequest, answered: Answered | None) -> None:
    if answered is not None:
        asked.answers.append((row, answered.reply))
        asked.calls.append(CallRecord(str(row.id), request.key, answered.is_cached))


def _ruling(asked: Asked, answered: Answered | None, rules: PromptRules, n_rows: int) -> Ruling | None:
    budget = rules.budget
    if answered is None:
        return _spent("prompt-context")
    found = answered.reply.prompt_tokens
    if found > budget.prompt_tokens:
        return _spent("prompt-tokens", found=found, limit=budget.prompt_tokens)
    if sum(reply.n_tokens for _, reply in asked.answers) > budget.tokens:
        return _spent("token-budget", limit=budget.tokens, count=len(asked.answers), total=n_rows)
    return None


def _spent(code: str, **params: str | float) -> Ruling:
    return Ruling(Verdict.OLE, (Message(code=code, params=params),))


def _check(bench: Bench) -> None:
    if bench.is_cancelled:
        raise SandboxDied("the work was called off")


def _handfuls(rows: Sequence[PromptRow], size: int) -> Iterator[Sequence[PromptRow]]:
    for at in range(0, len(rows), size):
        yield rows[at : at + size]
