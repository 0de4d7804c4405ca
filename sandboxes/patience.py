"""Says whom a conversation is waiting for, since when, and whether that is too long.

Pure: times are given. A side owes a message from the other's last one until its own next; it is not
waited for while the host itself does not read it because the other side's buffer is full.
"""

from dataclasses import dataclass

from sandboxes.conversation import ChannelRules, Party, Reason

TIE_S = 0.05  # two that stop reading within this stopped at once, as far as a busy machine can tell


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is broken from an instant on, unless something happens before."""

    at: float
    party: Party
    reason: Reason
    detail: str


class Patience:
    """The clock of one conversation.

    Args:
        rules: how long each may take.
        now: `time.monotonic()` when both are connected.
    """

    def __init__(self, rules: ChannelRules, now: float) -> None:
        self._rules = rules
        self._total_at = now + rules.total_s
        self._owing = rules.first
        self._since = now
        # A side that connects has started by then; of raw bytes nobody says when the program is up.
        self._is_starting = {Party.TRUSTED: False, Party.UNTRUSTED: rules.is_stdio, rules.first: True}
        self._ended: set[Party] = set()
        self._waited = dict.fromkeys(Party, 0.0)
        self._paused = dict.fromkeys(Party, False)
        self._blocked: dict[Party, float] = {}
        self._n_taken = dict.fromkeys(Party, 0)  # bytes read so far

    def spoke(self, party: Party, now: float) -> None:
        """Take note of whole messages from a side."""
        self._settle(now)
        self._is_starting[party] = False
        if party.other not in self._ended:
            self._owing = party.other

    def ended(self, party: Party, now: float) -> None:
        """Take note that a side says nothing more: the next word is the other's."""
        self._settle(now)
        self._ended.add(party)
        if party.other not in self._ended:
            self._owing = party.other

    def pause(self, party: Party, is_paused: bool, now: float) -> None:
        """Take note of whether the host reads what a side says."""
        if self._paused[party] is not is_paused:
            self._settle(now)
            self._paused[party] = is_paused

    def blocked(self, party: Party, now: float, *, n_taken: int) -> None:
        """Take note that a side leaves words unread, and of how many bytes it has just taken."""
        self._n_taken[party] += n_taken
        if n_taken or party not in self._blocked:
            self._blocked[party] = now

    def unblocked(self, party: Party, *, n_taken: int = 0) -> None:
        """Take note that a side was given everything, the last bytes of it just now."""
        self._n_taken[party] += n_taken
        self._blocked.pop(party, None)

    def waited_s(self, party: Party, now: float) -> float:
        """Return how long it was waited for so far."""
        is_waited_for = self._owing is party and not self._paused[party]
        return self._waited[party] + (now - self._since if is_waited_for else 0.0)

    def next_verdict(self, now: float) -> Verdict:
        """Return what will be broken first if nothing happens; it is broken if its time has come."""
        return min(self._verdicts(now), key=lambda verdict: verdict.at)

    def _settle(self, now: float) -> None:
        self._waited[self._owing] = self.waited_s(self._owing, now)
        self._since = now

    def _verdicts(self, now: float) -> list[Verdict]:
        total_s = self._rules.total_s
        slower = max(Party, key=lambda party: self.waited_s(party, now))
        verdicts = [Verdict(self._total_at, slower, Reason.SLOW, f"more than {total_s} s in all")]
        owing = self._owing
        if not self._paused[owing]:
            limit_s, waited_s = self._silence_s(owing), self._rules.of(owing).waited_s
            left_s = waited_s - self._waited[owing]
            verdicts += (
                Verdict(self._since + limit_s, owing, Reason.SILENT, f"said nothing for {limit_s} s"),
                Verdict(self._since + left_s, owing, Reason.SLOW, f"was waited for {waited_s} s in total"),
            )
        if self._blocked:
            party = self._stopped_first()
            limit_s = self._silence_s(party)
            at = self._blocked[party] + limit_s
            verdicts.append(Verdict(at, party, Reason.NOT_READING, f"read nothing for {limit_s} s"))
        return verdicts

    def _stopped_first(self) -> Party:
        """Return who does not read; when neither does, who made the other stop.

        Within a moment of each other the instants say nothing: then it is who has read less so far.
        """
        earliest, latest = min(self._blocked.values()), max(self._blocked.values())
        if latest - earliest <= TIE_S:
            return min(self._blocked, key=lambda party: (self._n_taken[party], self._blocked[party]))
        return min(self._blocked, key=lambda party: self._blocked[party])

    def _silence_s(self, party: Party) -> float:
        rules = self._rules.of(party)
        return rules.start_s if self._is_starting[party] else rules.silence_s
