"""What a contestant's process and the grader that questions it may say, and how the end of it is ruled.

What the two say is the grader's affair (`scoring.peer`); here only size and time are capped. The grader
gives up first, and says so in its report; we only see to it that somebody does.
"""

from judge.models.words import Verdict
from judge.worker.verdicts import Ruling, rule_on_limits
from sandboxes.conversation import ChannelRules, Conversation, Party, Reason, SideRules
from sandboxes.limits import Limits
from sandboxes.results import StepResult
from scoring.contract import Message
from scoring.options import FunctionOptions

MIB = 1024 * 1024
MAX_QUESTION_BYTES = 256 * MIB
_PATIENCE_S = 10.0
_ENVELOPE_BYTES = 64 * 1024
_ALL_BYTES = 64 * 1024 * MIB
# The rest is left to the grader to write its report in, whoever used up the time.
_SHARE_OF_TIME = 0.9
_VERDICTS = {
    Reason.SILENT: (Verdict.TLE, "channel-silent"),
    Reason.SLOW: (Verdict.TLE, "channel-slow"),
    Reason.NOT_READING: (Verdict.TLE, "channel-not-reading"),
    Reason.FRAME_SIZE: (Verdict.OLE, "channel-message-size"),
    Reason.TOO_MANY_BYTES: (Verdict.OLE, "channel-bytes"),
    Reason.TOO_MANY_FRAMES: (Verdict.OLE, "channel-messages"),
    Reason.GARBAGE: (Verdict.PE, "channel-garbage"),
    Reason.CUT: (Verdict.RTE, "channel-cut"),
}


def function_rules(options: FunctionOptions, *, wall_time_s: float) -> ChannelRules:
    """Return what a contestant's module and its hidden tests may say to one another.

    Args:
        options: of the scorer: its time-outs and caps.
        wall_time_s: of the grader: how long its next question may take.
    """
    return ChannelRules(
        trusted=SideRules(
            max_frame_bytes=MAX_QUESTION_BYTES,
            max_bytes=_ALL_BYTES,
            start_s=wall_time_s,
            silence_s=wall_time_s,
            waited_s=wall_time_s,
        ),
        untrusted=SideRules(
            max_frame_bytes=options.max_reply_mib * MIB + _ENVELOPE_BYTES,
            max_bytes=_ALL_BYTES,
            start_s=options.start_timeout_s + _PATIENCE_S,
            silence_s=options.call_timeout_s + _PATIENCE_S,
            waited_s=wall_time_s,
        ),
        total_s=wall_time_s * _SHARE_OF_TIME,
        first=Party.UNTRUSTED,  # it says hello when its module is imported
    )


def rule_on_conversation(
    said: Conversation, rules: ChannelRules, result: StepResult, limits: Limits
) -> Ruling | None:
    """Return the ruling on a contestant's side of a conversation; None when it broke nothing.

    Args:
        said: how it went.
        rules: it was held to.
        result: of the contestant's step.
        limits: of that step.
    """
    # A limit of the sandbox explains more than the silence that followed.
    ruling = rule_on_limits(result, limits)
    if ruling is not None or said.ended_by is not Party.UNTRUSTED or said.reason not in _VERDICTS:
        return ruling
    verdict, code = _VERDICTS[said.reason]
    side = rules.untrusted
    params: dict[Reason, dict[str, str | int | float]] = {
        Reason.SILENT: {"limit_s": side.silence_s},
        Reason.FRAME_SIZE: {"limit_kib": side.max_frame_bytes // 1024},
        Reason.TOO_MANY_BYTES: {"limit_kib": side.max_bytes // 1024},
        Reason.TOO_MANY_FRAMES: {"limit": side.max_frames},
    }
    return Ruling(verdict, (Message(code=code, params=params.get(said.reason, {})),))
