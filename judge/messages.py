"""Every line a judgement may show to a contestant: the scorer's catalogue and the judge's own.

Beside them what a sandbox does not promise, which the portal, receipts and the doctor all tell.

English templates are the ids of the portal's translations. Codes are stable. `render` never fails:
parameters come from sandboxes and are data.
"""

from collections.abc import Mapping

from scoring.kinds import KINDS, worded
from scoring.messages import CATALOGUE as SCORING

_JUDGE: dict[str, str] = {
    "time-limit": "Your program was stopped after {limit_s} seconds.",
    "cpu-limit": "Your program used more than {limit_s} seconds of processor time.",
    "memory-limit": "Your program used more than {limit_mib} MiB of memory.",
    "output-flood": "Your program printed more than {limit_kib} KiB.",
    "output-too-large": "Your program wrote more than it may.",
    "disk-limit": "Your program filled the disk space it may use.",
    "output-missing": "Your program ended without writing its result.",
    "in-step": "In step {step}:",
    "program-failed": "Your program ended with an exit code other than 0.",
    "compile-failed": "Your program could not be compiled.",
    "program-exited": "Your program ended with exit code {exit_code}.",
    "program-killed": "Your program was ended by signal {signal}.",
    "security-violation": "Your program tried something that is not allowed here.",
    "channel-silent": "Your program did not answer within {limit_s} seconds.",
    "channel-slow": "Your program took too long over its answers, all of them together.",
    "channel-not-reading": "Your program stopped reading what it was sent.",
    "channel-message-size": "Your program sent a message or a line of more than {limit_kib} KiB.",
    "channel-bytes": "Your program sent more than {limit_kib} KiB in all.",
    "channel-messages": "Your program sent more than {limit} messages.",
    "channel-garbage": "Your program sent something that is not a message of this problem.",
    "channel-cut": "Your program ended in the middle of a message.",
    "requirement-minimum": "{metric} is {found}; at least {limit} is required to be ranked.",
    "requirement-maximum": "{metric} is {found}; at most {limit} is required to be ranked.",
    "requirement-missed": "{metric} misses what is required to be ranked.",
    "judge-fault": "The judge could not finish this submission. It is not your fault and is not counted.",
    "judge-gave-up": "The judge was interrupted several times while working on this submission. "
    "It is not your fault and is not counted.",
}

# What the stock model runner says; it runs beside the contestant's model, so codes outside of this
# table and the wrong parameters are dropped (see `judge.worker.verdicts`).
_MODEL: dict[str, str] = {
    "pickle-refused": "The file is a Python pickle, which can run code when it is read and is never loaded.",
    "model-wrong-format": "The file is declared as {format} but is {found_kind}.",
    "model-unreadable": "The file cannot be loaded as {format}: {detail}",
    "model-damaged": "The file is no readable {format} model: it is damaged, cut off or nested too deeply.",
    "external-data": "The model keeps weights in other files; put everything into one file.",
    "input-count": "The model takes {found} inputs; exactly one is expected.",
    "input-dtype": "The model's input is {found}; float32 is expected.",
    "input-shape": "The model's input has shape {found}; {expected} is expected.",
    "builder-missing": "The file's metadata names no builder; choose one of {expected}.",
    "builder-refused": "The builder cannot be used. Choose one of {expected}; its configuration is a JSON "
    "object with nothing but the lists hidden and channels, each of at most {max_layers} whole numbers "
    "from 1 to {max_width}, and no more channels than the picture has room for.",
    "weights-mismatch": "The weights do not fit the declared builder: {detail}",
    "untrusted-types": "The file holds types that are not loaded: {found}. What is loaded is made of "
    "scikit-learn's own estimators and of NumPy's arrays and functions.",
    "no-classifier": "The file holds {found}; a fitted scikit-learn classifier is expected.",
    "classes-mismatch": "The classifier tells {found} apart; whole numbers from 0 to {maximum} are expected.",
    "output-type": "The model returned {found}; one array is expected.",
    "output-dtype": "The model returned {found}; floating point numbers are expected.",
    "output-shape": "The model returned shape {found}; {expected} is expected.",
    "output-not-finite": "{count} of {total} predictions hold NaN or infinite numbers.",
    "model-failed": "The model failed while computing: {detail}",
    "model-failed-quietly": "The model failed while computing.",
}

# What the runner of programs says; the same holds as for models.
_PROGRAM: dict[str, str] = {
    "archive-unreadable": "The zip cannot be unpacked: it is damaged, encrypted, or of an unusual kind.",
    "archive-too-many": "The zip holds more than {limit} files.",
    "archive-too-large": "The zip unpacks to more than there is room for.",
    "archive-member": "The zip holds {name}, which is a link or has a name that cannot be used.",
    "notebook-unreadable": "The file is no Jupyter notebook of version 4.",
    "notebook-cell-failed": "Cell {number} of the notebook failed with {type}.",
    "notebook-kernel-died": "The notebook's process ended in cell {number}.",
}

# Of kind prompt: what is wrong with a template, and what became of the requests.
_PROMPT: dict[str, str] = {
    "prompt-too-large": "The prompt is larger than {limit_kib} KiB.",
    "prompt-not-utf8": "Line {line} of the prompt is not UTF-8 text.",
    "prompt-not-json": "The prompt is no JSON: see line {line}.",
    "prompt-not-yaml": "The prompt cannot be read as plain YAML (no anchors, no tags, no key twice): "
    "see line {line}.",
    "prompt-key-twice": "The key {key} stands in the prompt twice.",
    "prompt-shape": "The prompt has no list of messages, or its parameters are no mapping.",
    "prompt-key": "The prompt has the key {key}; only {expected} can be there.",
    "prompt-message": "Message {item} needs a role and a content that is not empty, both text.",
    "prompt-role": "Message {item} has the role {found}; there are {expected}.",
    "prompt-control": "Message {item} holds a control character.",
    "prompt-unknown-field": "Message {item} names {found}; this problem has {expected}.",
    "prompt-no-field": "The prompt names no field, so it would ask the same every time. Use {expected}.",
    "prompt-too-many-messages": "The prompt has {found} messages; at most {limit} are allowed.",
    "prompt-last-role": "The last message has the role {found}; it must be the user's.",
    "prompt-parameter": "{parameter} cannot be set here. What can: {expected}.",
    "prompt-parameter-value": "{parameter} is {found}; allowed: {expected}.",
    "prompt-context": "The prompt is longer than the model takes.",
    "prompt-tokens": "A prompt has {found} tokens; at most {limit} are allowed.",
    "token-budget": "The budget of {limit} tokens was used up after {count} of {total} requests.",
    "prompt-refused": "The model would not answer {count} of {total} requests; those answers are empty.",
    "prompt-cut": "{count} of {total} answers were cut off at {limit} tokens.",
}

# Why a metric has no value; codes of `scoring.metrics.base`.
REASONS: dict[str, str] = {
    "empty": "There are no rows to compute it from.",
    "non-finite-input": "Some of the numbers are NaN or infinite.",
    "non-finite-result": "Its value is beyond what a number can hold.",
    "unknown-class": "Some predictions name a class that does not exist.",
    "not-measured": "It was not measured.",
    "single-class": "It needs rows of both classes.",
    "class-absent": "It needs rows of every class.",
    "not-a-probability": "Predictions must lie between 0 and 1.",
    "rows-do-not-sum-to-one": "The probabilities of each row must add up to 1.",
    "constant-target": "All true values are the same.",
    "constant-prediction": "All predictions are the same.",
    "negative-value": "Some values are negative.",
    "negative-target": "Some true values are negative.",
    "zero-target": "Some true values are zero.",
    "undefined-input": "A metric that it is computed from has no value.",
    "nothing-relevant": "Nothing is relevant to any query.",
}

# Why a value has no confidence interval: `scoring.contract.NoInterval`.
NO_INTERVAL: dict[str, str] = {
    "no-mean-over-rows": "No interval: it is not computed from hidden rows one by one.",
    "measured": "No interval: it was measured, not computed from hidden rows.",
    "few-rows": "No interval: there are too few hidden rows.",
    "extreme": "No interval: it depends on a single row.",
    "not-primary": "No interval: it is made for the deciding metric alone.",
    "costly": "No interval: it would take too long to compute.",
    "often-undefined": "No interval: with other rows like these it often has no value.",
    "inputs-without": "No interval: what it is computed from has none.",
}

# Codes of `sandboxes.base.ProviderReport.weaknesses`.
WEAKNESSES: dict[str, str] = {
    "no-cgroup": "memory and processes are not limited by the kernel for the whole sandbox",
    "memory-per-process": "memory is limited per process, not for the whole sandbox",
    "shared-kernel-userns": "the sandbox is a user namespace of the host's kernel",
    "shared-kernel": "the sandbox shares the kernel of the host",
    "host-environment-visible": "programs of the host can be seen, though not changed",
    "memory-by-polling": "memory is watched, not capped",
    "supervisor-shares-user": "the program that watches a submission runs as the same user",
    "no-cpu-quota": "processor cores are not capped",
    "no-memory-limit": "the engine cannot cap memory",
    "no-pids-limit": "the engine cannot cap processes",
    "no-seccomp": "system calls are not filtered",
}

__all__ = ["CATALOGUE", "KINDS", "MODEL_CODES", "REASONS", "WEAKNESSES", "render"]

MODEL_CODES = frozenset({*_MODEL, *_PROGRAM})
CATALOGUE: dict[str, str] = {**SCORING, **_JUDGE, **_MODEL, **_PROGRAM, **_PROMPT}


def render(code: str, params: Mapping[str, object]) -> str:
    """Return the English line; an unknown code is shown as itself.

    Args:
        code: key of `CATALOGUE`.
        params: values for the placeholders; what is missing stays a placeholder.
    """
    return CATALOGUE.get(code, code).format_map(_Lenient(worded(params)))


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
