"""Kind prompt: the template is filled in here and put to the organizer's model; its answers are scored.

No program of the contestant's runs. The template is data, the answers go to the scorer as data, and the
gateway alone decides where a request goes and what else is in it.
"""

import json
from dataclasses import replace
from pathlib import Path

from judge.models.words import State, Verdict
from judge.services.results import JudgementResult
from judge.worker.gateway.calls import GatewayFault
from judge.worker.kinds.job import Job
from judge.worker.steps.ask import Asked, ask, notes_on, parameters_of
from judge.worker.steps.score import score_file
from judge.worker.verdicts import Ruling, ScorerFault, rule_on_report
from problems.prompt_rows import PromptRow, RowFault, read_rows
from problems.prompt_rules import PromptRules
from problems.prompts import MAX_PROMPT_BYTES, Prompt, PromptFault, read_prompt
from scoring.contract import Message


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind prompt. Raises as `judge.worker.evaluate.evaluate` does."""
    rules = job.material.spec.prompt
    if rules is None:
        raise ScorerFault("the problem states no prompt")
    job.on_state(State.RUNNING)
    try:
        prompt = _read(job, rules)
    except PromptFault as fault:
        return JudgementResult(Verdict.PE, messages=(Message(code=fault.code, params=fault.params),))
    if job.desk is None:
        raise GatewayFault("no gateway can be asked here", is_retryable=False)
    asked = ask(prompt, _rows(job, rules), rules, job.desk, job.bench)
    job.ledger.usage["model"] = asked.usage
    return replace(_result(job, rules, asked, prompt), calls=tuple(asked.calls))


def _result(job: Job, rules: PromptRules, asked: Asked, prompt: Prompt) -> JudgementResult:
    parameters = parameters_of(prompt, rules)
    receipt = {
        "model": {
            "gateway": rules.gateway,
            "model": rules.model,
            "parameters": parameters,
            "n_requests": len(asked.calls),
            "requests_sha256": asked.requests_sha256,
        }
    }
    if asked.ruling is not None:
        return JudgementResult(
            asked.ruling.verdict, messages=asked.ruling.messages, usage=job.ledger.usage, receipt=receipt
        )
    job.on_state(State.SCORING)
    answers = _written(job.folder / "answers.jsonl", asked, rules)
    scored = score_file(
        job.material, job.bench, job.folder, submission=answers, suffix=answers.suffix, extra={}
    )
    job.ledger.note("score", scored.result, is_trusted=True)
    ruling = rule_on_report(scored.report)
    notes = notes_on(asked, parameters["max_tokens"])
    result = job.result(scored, Ruling(ruling.verdict, (*notes, *ruling.messages)))
    return replace(result, receipt=receipt)


def _read(job: Job, rules: PromptRules) -> Prompt:
    with job.material.submission.open("rb") as stream:
        return read_prompt(stream.read(MAX_PROMPT_BYTES + 1), job.material.format, rules)


def _rows(job: Job, rules: PromptRules) -> list[PromptRow]:
    path = job.material.inputs.get(rules.inputs)
    if path is None:
        raise ScorerFault(f"there is no hidden/inputs/{rules.inputs}")
    try:
        return read_rows(path, rules)
    except (RowFault, UnicodeDecodeError) as fault:
        raise ScorerFault(f"hidden/inputs/{rules.inputs}: {fault}") from fault


def _written(path: Path, asked: Asked, rules: PromptRules) -> Path:
    with path.open("w", encoding="utf-8") as sink:
        for row, reply in asked.answers:
            # A model may say anything; half a character would be no text.
            text = reply.text.strip().encode("utf-8", "replace").decode("utf-8")
            sink.write(json.dumps({rules.id_field: row.id, "answer": text}, ensure_ascii=False) + "\n")
    return path
