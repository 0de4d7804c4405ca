"""Every line a judgement may show to a contestant: the scorer's catalogue and the judge's own.

English templates are the ids of the portal's translations. Codes are stable. `render` never fails:
parameters come from sandboxes and are data.
"""

from collections.abc import Mapping

from scoring.messages import CATALOGUE as SCORING

_JUDGE: dict[str, str] = {
    "time-limit": "Your program was stopped after {limit_s} seconds.",
    "cpu-limit": "Your program used more than {limit_s} seconds of processor time.",
    "memory-limit": "Your program used more than {limit_mib} MiB of memory.",
    "output-flood": "Your program printed more than {limit_kib} KiB.",
    "output-too-large": "Your program wrote more than it may.",
    "output-missing": "Your program ended without writing its result.",
    "program-exited": "Your program ended with exit code {exit_code}.",
    "program-killed": "Your program was ended by signal {signal}.",
    "security-violation": "Your program tried something that is not allowed here.",
    "judge-fault": "The judge could not finish this submission. It is not your fault and is not counted.",
    "judge-gave-up": "The judge was interrupted several times while working on this submission. "
    "It is not your fault and is not counted.",
}

# What the stock model runner says; it runs beside the contestant's model, so codes outside of this
# table and the wrong parameters are dropped (see `judge.worker.verdicts`).
_MODEL: dict[str, str] = {
    "pickle-refused": "The file is a Python pickle, which can run code when it is read and is never loaded.",
    "model-wrong-format": "The file is declared as {format} but is {found}.",
    "model-unreadable": "The file cannot be loaded as {format}: {detail}",
    "external-data": "The model keeps weights in other files; put everything into one file.",
    "input-count": "The model takes {found} inputs; exactly one is expected.",
    "input-dtype": "The model's input is {found}; float32 is expected.",
    "input-shape": "The model's input has shape {found}; {expected} is expected.",
    "builder-missing": "The file's metadata names no builder; choose one of {expected}.",
    "builder-refused": "The builder cannot be used: {detail}",
    "weights-mismatch": "The weights do not fit the declared builder: {detail}",
    "output-type": "The model returned {found}; one array is expected.",
    "output-dtype": "The model returned {found}; floating point numbers are expected.",
    "output-shape": "The model returned shape {found}; {expected} is expected.",
    "output-not-finite": "{count} of {total} predictions hold NaN or infinite numbers.",
    "model-failed": "The model failed while computing: {detail}",
    "model-failed-quietly": "The model failed while computing.",
}

MODEL_CODES = frozenset(_MODEL)
CATALOGUE: dict[str, str] = {**SCORING, **_JUDGE, **_MODEL}


def render(code: str, params: Mapping[str, object]) -> str:
    """Return the English line; an unknown code is shown as itself.

    Args:
        code: key of `CATALOGUE`.
        params: values for the placeholders; what is missing stays a placeholder.
    """
    return CATALOGUE.get(code, code).format_map(_Lenient(params))


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
