"""Writes results and tells watchers; every write is refused once the lease is lost."""

from judge.clock import utc_now
from judge.models import Judgement
from judge.models.words import State
from judge.receipts import SigningKey
from judge.runtime import Runtime
from judge.services import judgements, receipts
from judge.services.judgements import Claim
from judge.services.results import JudgementResult


def advance(runtime: Runtime, held: Claim, state: State) -> None:
    """Say how far a judgement is.

    Raises:
        LeaseLost: somebody else owns it.
    """
    with runtime.database.transaction() as session:
        judgements.advance(session, held, state)
    tell(runtime, held, {"state": state.value})


def settle(runtime: Runtime, held: Claim, result: JudgementResult, key: SigningKey) -> None:
    """Write the final result and sign its receipt.

    Raises:
        LeaseLost: somebody else owns it; nothing is written.
    """
    exhibits, now = stored_exhibits(runtime, result), utc_now()
    with runtime.database.transaction() as session:
        judgements.settle(session, held, result, now, exhibits)
        judgement = session.get_one(Judgement, held.judgement_id)
        receipts.issue(session, judgement, key, issuer=runtime.settings.public_url, now=now)
    tell(runtime, held, {"state": State.DONE.value, "verdict": result.verdict.value})


def tell(runtime: Runtime, held: Claim, change: dict[str, str]) -> None:
    """Tell who watches the submission; of a judgement that is not current nobody learns."""
    if held.is_current:
        runtime.events.publish(held.public_id, change)


def stored_exhibits(runtime: Runtime, result: JudgementResult) -> dict[str, object]:
    """Store pictures, and return what the row says of them, of tables and of subtasks."""
    plots = [
        {
            **one.plot.model_dump(mode="json"),
            "sha256": runtime.blobs.put_stream([one.content], max_bytes=len(one.content)).sha256,
        }
        for one in result.plots
    ]
    tables = [table.model_dump(mode="json") for table in result.tables]
    subtasks = [subtask.model_dump(mode="json") for subtask in result.subtasks]
    exhibits: dict[str, object] = {"tables": tables, "plots": plots, "subtasks": subtasks}
    return {name: shown for name, shown in exhibits.items() if shown}


def give_back(runtime: Runtime, held: Claim, *, reason: str, is_counted: bool) -> None:
    """Let a judgement wait again, and ring for it.

    Raises:
        LeaseLost: it is not ours to give.
    """
    with runtime.database.transaction() as session:
        judgements.requeue(session, held, now=utc_now(), reason=reason, is_counted=is_counted)
    tell(runtime, held, {"state": State.QUEUED.value})
    runtime.dispatcher.ring(held.judgement_id, held.gpu_need)
