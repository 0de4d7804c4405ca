"""Rules of a conversation, its clock, and whose fault its end is."""

from dataclasses import replace

import pytest

from sandboxes.conversation import (
    ChannelRules,
    Content,
    Conversation,
    Meter,
    Party,
    Reason,
    SideRules,
    service_rules,
)
from sandboxes.patience import Patience
from sandboxes.results import Outcome, StepResult, Usage

T, U = Party.TRUSTED, Party.UNTRUSTED
BREACHES = [reason for reason in Reason if reason not in (Reason.CLOSED, Reason.ABSENT)]


def ended(outcome: Outcome) -> StepResult:
    return StepResult(outcome, None, None, b"", b"", Usage(1.0, 1.0, 1.0, "cgroup"))


def blame(by: Party, reason: Reason, trusted: Outcome, untrusted: Outcome, **fields) -> Party | None:
    return Conversation(by, reason, **fields).at_fault(ended(trusted), ended(untrusted))


@pytest.mark.parametrize("reason", BREACHES)
@pytest.mark.parametrize("party", Party)
def test_who_breaks_a_rule_is_to_blame(party, reason):
    said = Conversation(party, reason)
    assert said.is_breach
    for trusted in (Outcome.OK, Outcome.EXIT, Outcome.CANCELLED):
        assert said.at_fault(ended(trusted), ended(Outcome.CANCELLED)) is party
    assert (said.outcome is None) == (party is T)


@pytest.mark.parametrize(
    ("by", "trusted", "untrusted", "expected"),
    [
        # The trusted side was done: whatever became of the other is not its fault.
        (T, Outcome.OK, Outcome.CANCELLED, None),
        (T, Outcome.OK, Outcome.EXIT, None),
        (T, Outcome.OK, Outcome.SIGNAL, None),
        # It broke down by itself.
        (T, Outcome.EXIT, Outcome.OK, T),
        (T, Outcome.MEMORY, Outcome.CANCELLED, T),
        (T, Outcome.WALL_TIME, Outcome.EXIT, T),
        # The untrusted side went first, in order or not.
        (U, Outcome.OK, Outcome.OK, None),
        (U, Outcome.OK, Outcome.EXIT, U),
        (U, Outcome.OK, Outcome.MEMORY, U),
        (U, Outcome.EXIT, Outcome.SIGNAL, U),
        # It went in mid-sentence, and the trusted side gave up or broke.
        (U, Outcome.EXIT, Outcome.OK, U),
        (U, Outcome.MEMORY, Outcome.OK, T),
        (U, Outcome.WALL_TIME, Outcome.OK, T),
    ],
)
def test_whose_end_it_was(by, trusted, untrusted, expected):
    assert blame(by, Reason.CLOSED, trusted, untrusted) is expected


def test_who_never_came():
    assert blame(U, Reason.ABSENT, Outcome.OK, Outcome.EXIT) is U
    assert blame(T, Reason.ABSENT, Outcome.OK, Outcome.CANCELLED) is T
    assert blame(T, Reason.ABSENT, Outcome.EXIT, Outcome.CANCELLED) is T


def test_doubt_is_for_the_participant():
    both = {"by": U, "reason": Reason.CLOSED, "is_tie": True}
    assert blame(**both, trusted=Outcome.EXIT, untrusted=Outcome.EXIT) is T
    assert blame(**both, trusted=Outcome.OK, untrusted=Outcome.EXIT) is U
    assert blame(**both, trusted=Outcome.OK, untrusted=Outcome.OK) is None


def test_a_time_limit_reached_while_waiting_for_us_is_not_charged():
    waited = {"trusted_meter": Meter(waited_s=9.0), "untrusted_meter": Meter(waited_s=1.0)}
    slow = Conversation(U, Reason.CLOSED, waited["trusted_meter"], waited["untrusted_meter"])
    assert slow.at_fault(ended(Outcome.OK), ended(Outcome.WALL_TIME)) is T
    quick = Conversation(U, Reason.CLOSED, waited["untrusted_meter"], waited["trusted_meter"])
    assert quick.at_fault(ended(Outcome.OK), ended(Outcome.WALL_TIME)) is U


@pytest.mark.parametrize(
    "change",
    [{"max_frame_bytes": 0}, {"max_frames": -1}, {"silence_s": 0.0}, {"waited_s": float("nan")},
     {"max_frame_bytes": 1 << 32}],
)  # fmt: skip
def test_absurd_rules_are_refused(change):
    with pytest.raises(ValueError, match=r"must be positive|four bytes"):
        SideRules(**change)


def test_rules_that_do_not_fit_together():
    with pytest.raises(ValueError, match="total_s"):
        ChannelRules(total_s=0)
    large = SideRules(max_frame_bytes=1 << 24)
    with pytest.raises(ValueError, match="JSON"):
        ChannelRules(untrusted=large, content=Content.JSON)
    assert ChannelRules(untrusted=large, content=Content.JSON, is_stdio=True).of(U) is large
    assert service_rules(total_s=50).untrusted.silence_s == 50


SIDE = SideRules(start_s=30, silence_s=10, waited_s=25)
RULES = ChannelRules(SIDE, replace(SIDE, silence_s=5), total_s=100)


def due(patience: Patience, now: float) -> tuple[float, Party, Reason]:
    verdict = patience.next_verdict(now)
    return verdict.at, verdict.party, verdict.reason


def test_the_first_speaker_may_take_its_time_and_then_each_owes_in_turn():
    patience = Patience(RULES, 0.0)
    assert due(patience, 0.0) == (25.0, T, Reason.SLOW)  # its clock in total is shorter than its start
    patience.spoke(T, 3.0)
    assert due(patience, 3.0) == (8.0, U, Reason.SILENT)
    patience.spoke(U, 4.0)
    assert due(patience, 4.0) == (14.0, T, Reason.SILENT)
    patience.spoke(T, 6.0)
    patience.spoke(T, 7.5)  # it went on speaking: the other is waited for from its last word
    assert due(patience, 7.5) == (12.5, U, Reason.SILENT)
    patience.spoke(U, 8.0)
    assert patience.waited_s(T, 8.0) == pytest.approx(5.0)
    assert patience.waited_s(U, 8.0) == pytest.approx(3.0)


def test_time_in_total_runs_out():
    patience = Patience(RULES, 0.0)
    now = 0.0
    for _ in range(6):
        patience.spoke(T, now)
        now += 4.0
        patience.spoke(U, now)
    patience.spoke(T, now)
    assert due(patience, now) == (now + 1.0, U, Reason.SLOW)


def test_the_whole_conversation_ends_with_who_took_longer():
    patience = Patience(replace(RULES, total_s=12.0), 0.0)
    patience.spoke(T, 1.0)
    patience.spoke(U, 5.0)
    patience.spoke(T, 8.0)
    assert due(patience, 12.0) == (12.0, U, Reason.SLOW)


def test_who_is_not_read_is_not_waited_for():
    patience = Patience(RULES, 0.0)
    patience.spoke(T, 1.0)
    patience.pause(U, True, 2.0)
    patience.blocked(T, 2.0, n_taken=0)
    assert due(patience, 50.0) == (12.0, T, Reason.NOT_READING)
    patience.unblocked(T)
    patience.pause(U, False, 20.0)
    assert due(patience, 20.0) == (25.0, U, Reason.SILENT)
    assert patience.waited_s(U, 21.0) == pytest.approx(2.0)


def test_of_two_who_do_not_read_the_first_is_to_blame():
    patience = Patience(RULES, 0.0)
    patience.spoke(T, 0.0)
    patience.spoke(U, 0.0)
    for party, at in ((T, 3.0), (U, 2.0)):
        patience.pause(party, True, at)
        patience.blocked(party, at, n_taken=0)
    assert due(patience, 4.0) == (7.0, U, Reason.NOT_READING)
    patience.blocked(U, 5.0, n_taken=0)
    assert due(patience, 5.0) == (7.0, U, Reason.NOT_READING)
    patience.blocked(U, 6.0, n_taken=1)  # it took something: now the other is stuck for longer
    assert due(patience, 6.0) == (13.0, T, Reason.NOT_READING)


@pytest.mark.parametrize("first", [T, U])
def test_of_two_who_stop_at_once_the_one_who_read_less_is_to_blame(first):
    patience = Patience(RULES, 0.0)
    for party, at in ((first, 2.0), (first.other, 2.02)):
        patience.blocked(party, at, n_taken=400_000 if party is T else 200_000)
    assert due(patience, 3.0)[1:] == (U, Reason.NOT_READING)


def test_whoever_is_left_has_the_next_word():
    patience = Patience(RULES, 0.0)
    patience.spoke(T, 1.0)
    patience.ended(U, 2.0)
    assert due(patience, 2.0) == (12.0, T, Reason.SILENT)
    patience.spoke(T, 4.0)
    assert due(patience, 4.0) == (14.0, T, Reason.SILENT)


def test_a_program_on_raw_bytes_may_start_up():
    patience = Patience(replace(RULES, is_stdio=True, untrusted=replace(SIDE, start_s=20)), 0.0)
    patience.spoke(T, 1.0)
    patience.blocked(U, 1.0, n_taken=0)
    assert due(patience, 1.0) == (21.0, U, Reason.SILENT)
    patience.spoke(U, 2.0)
    patience.spoke(T, 3.0)
    assert due(patience, 3.0)[0] == pytest.approx(11.0)
