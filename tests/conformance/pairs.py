"""Two sandboxes of one provider, joined: short programs for either side, and their end."""

from dataclasses import dataclass

from sandboxes.base import Profile, Provider, Step
from sandboxes.conversation import ChannelRules, Conversation, Party, SideRules
from sandboxes.limits import Limits
from sandboxes.pairing import join
from sandboxes.results import StepResult
from tests.conformance.conftest import SMALL

# What either side needs to speak frames.
FRAMES = """
import json, os, socket, struct, sys, time
chan = socket.socket(socket.AF_UNIX); chan.connect("/job/chan")
def exactly(size):
    body = b""
    while len(body) < size:
        more = chan.recv(size - len(body))
        if not more: return None
        body += more
    return body
def receive():
    head = exactly(4)
    return exactly(struct.unpack(">I", head)[0]) if head else None
def send(body): chan.sendall(struct.pack(">I", len(body)) + body)
def tell(value): send(json.dumps(value).encode())
def hear():
    body = receive()
    return None if body is None else json.loads(body)
"""
QUICK = SideRules(start_s=20, silence_s=1.5)
PATIENT = SideRules(start_s=20, silence_s=20)


@dataclass(frozen=True)
class Ending:
    """How a conversation ended, and both steps."""

    said: Conversation
    trusted: StepResult
    untrusted: StepResult

    @property
    def at_fault(self) -> Party | None:
        return self.said.at_fault(self.trusted, self.untrusted)


class Pair:
    """Joins programs in fresh sandboxes of one provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def __call__(
        self,
        trusted: str,
        untrusted: str | Step,
        *,
        first: Party = Party.TRUSTED,
        trusted_rules: SideRules = PATIENT,
        untrusted_rules: SideRules = PATIENT,
        limits: Limits = SMALL,
        **rules,
    ) -> Ending:
        """Run two Python programs, or a step, until their conversation and both of them are over."""
        is_stdio = rules.get("is_stdio", False)
        if isinstance(untrusted, str):
            code = untrusted if is_stdio else FRAMES + untrusted
            untrusted = self.step(code, limits=limits, has_channel=not is_stdio, has_stdio_channel=is_stdio)
        asker = self.provider.create(Profile("python", limits, is_trusted=True))
        answerer = self.provider.create(self.profile(untrusted))
        try:
            asker.start(self.step(FRAMES + trusted, limits=limits, has_channel=True))
            answerer.start(untrusted)
            said = join(asker, answerer, ChannelRules(trusted_rules, untrusted_rules, first=first, **rules))
            return Ending(said, asker.wait(), answerer.wait())
        finally:
            asker.destroy()
            answerer.destroy()

    def profile(self, step: Step | None = None) -> Profile:
        return Profile("python", SMALL if step is None else step.limits)

    def step(self, code: str, **fields) -> Step:
        return Step(fields.pop("limits", SMALL), argv=("python3", "-c", code), **fields)
