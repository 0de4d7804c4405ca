"""Starts a contestant's program on one end of a conversation, and what the organizer made on the other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.worker.bench import Bench
from judge.worker.material import Material
from judge.worker.profiles import (
    execute_limits,
    our_program_profile,
    program_profile,
    score_limits,
    score_profile,
)
from judge.worker.relay import MIB, rule_on_conversation
from judge.worker.steps.check_cases import NOTE_OUTPUTS, Judged, OurProgram, read_code
from judge.worker.steps.score import Scored, trusted_step
from judge.worker.verdicts import Ruling, ScorerFault, read_report
from problems.casenames import ANSWER, INPUT, arguments_for
from problems.formats import suffix_of
from problems.kinds import InteractiveRules
from problems.languages import LANGUAGES
from sandboxes.base import OutputSpec, Step
from sandboxes.conversation import ChannelRules, Conversation, Party, Reason, SideRules
from sandboxes.pairing import join
from sandboxes.results import Outcome, StepResult

_MAX_LINE = MIB
_ENDING = "ending.json"
# What each protocol's interactor is called with.
_CALLED_WITH: Mapping[str, tuple[str, ...]] = {
    "icpc": ("/job/in/case/input", "/job/in/case/answer", "/job/out/"),
    "testlib": ("/job/in/case/input", "/dev/null", "/job/in/case/answer"),
    "plain": ("/job/in/case/input", "/job/in/case/answer"),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """How one test case went with an interactor.

    Attributes:
        ruling: on the contestant's program; None when it broke nothing.
        said: what the interactor said; that it is wrong, where something was broken.
        theirs, ours: both steps.
    """

    ruling: Ruling | None
    said: Judged
    theirs: StepResult
    ours: StepResult


def player_step(material: Material, rules: InteractiveRules, artefact: Path | None) -> Step:
    """Return the contestant's step: its stdin and stdout are the conversation.

    Args:
        material: of kind `interactive`.
        rules: of the problem.
        artefact: compiled program; None for a zip.
    """
    limits = execute_limits(material.spec)
    language = LANGUAGES.get(material.format)
    if language is not None and artefact is not None:
        return Step(
            limits=limits,
            argv=language.command(limits.memory_mib),
            inputs={language.artefact: artefact},
            executables=frozenset({language.artefact} if language.is_executable else ()),
            has_stdio_channel=True,
            seed=material.seed,
        )
    submission = "submission" + suffix_of(material.format)
    command = rules.command or ("python3", "main.py")
    return Step(
        limits=limits,
        module="program_runner",
        args=("--submission", f"/job/in/{submission}", "--max-mib", str(limits.scratch_mib), "--", *command),
        inputs={submission: material.submission},
        outputs=(OutputSpec("fault.json", 64 * 1024, is_required=False),),
        has_stdio_channel=True,
        seed=material.seed,
    )


def _rules(rules: InteractiveRules, *, trusted_s: float, are_lines: bool, may_outlast: bool) -> ChannelRules:
    ours = SideRules(
        max_frame_bytes=_MAX_LINE,
        max_bytes=1024 * MIB,
        start_s=trusted_s,
        silence_s=trusted_s,
        waited_s=trusted_s,
    )
    theirs = SideRules(
        max_frame_bytes=_MAX_LINE,
        max_bytes=1024 * MIB,
        start_s=rules.start_s,
        silence_s=rules.turn_s,
        waited_s=rules.total_s,
    )
    return ChannelRules(
        ours, theirs, total_s=trusted_s, is_stdio=True, are_lines=are_lines, may_outlast=may_outlast
    )


def play(
    material: Material, bench: Bench, folder: Path, rules: InteractiveRules, artefact: Path | None
) -> Scored:
    """Let the organizer's environment play all its episodes with one process.

    Raises:
        ScorerFault: the environment is at fault.
        SandboxError: infrastructure fault.
    """
    trusted_s = score_limits(material.spec).wall_time_s
    spoken = _rules(rules, trusted_s=trusted_s, are_lines=True, may_outlast=False)
    with (
        bench.sandbox(score_profile(material.spec)) as trusted,
        bench.sandbox(program_profile(material, execute_limits(material.spec))) as untrusted,
    ):
        trusted.start(trusted_step(material, folder))
        untrusted.start(player_step(material, rules, artefact))
        said = join(trusted, untrusted, spoken)
        ours = trusted.wait()
        untrusted.cancel()
        theirs = untrusted.wait()
    is_ended = said.reason in (Reason.CUT, Reason.ABSENT)
    is_unspoken = said.is_breach or ours.outcome is Outcome.OK
    if said.at_fault(ours, theirs) is Party.TRUSTED and is_unspoken and not is_ended:
        raise ScorerFault(f"the environment's side of the conversation: {said.reason.value}, {said.detail}")
    ruling = rule_on_conversation(said, spoken, theirs, execute_limits(material.spec))
    return Scored(read_report(ours), ours, theirs, ruling)


def talk(
    material: Material,
    bench: Bench,
    rules: InteractiveRules,
    artefact: Path | None,
    interactor: OurProgram,
    name: str,
) -> Talk:
    """Let the organizer's interactor talk with a fresh process about one test case.

    Raises:
        ScorerFault: the interactor is at fault.
        SandboxError: infrastructure fault.
    """
    limits = score_limits(material.spec)
    spoken = _rules(rules, trusted_s=limits.wall_time_s, are_lines=False, may_outlast=True)
    with (
        bench.sandbox(our_program_profile(interactor.language.image, limits)) as trusted,
        bench.sandbox(program_profile(material, execute_limits(material.spec))) as untrusted,
    ):
        trusted.start(_interactor_step(material, rules, interactor, name))
        untrusted.start(player_step(material, rules, artefact))
        said = join(trusted, untrusted, spoken)
        ours, theirs = trusted.wait(), untrusted.wait()
    return _ruled(material, said, spoken, theirs, ours, _word_of(name, rules, ours))


def _interactor_step(material: Material, rules: InteractiveRules, interactor: OurProgram, name: str) -> Step:
    limits = score_limits(material.spec)
    command = interactor.language.command(limits.memory_mib)
    files: Mapping[str, Path] = {
        **interactor.siblings,
        interactor.language.artefact: interactor.artefact,
        "case/input": material.inputs[name + INPUT],
        "case/answer": material.reference[name + ANSWER],
    }
    return Step(
        limits=limits,
        module="interactor_host",
        args=("--", *command, *_CALLED_WITH[rules.protocol], *arguments_for(name, rules).arguments),
        inputs=files,
        executables=frozenset({interactor.language.artefact} if interactor.language.is_executable else ()),
        outputs=(OutputSpec(_ENDING, 1024), *NOTE_OUTPUTS),
        has_channel=True,
        seed=material.seed,
    )


def _word_of(name: str, rules: InteractiveRules, ours: StepResult) -> Judged | None:
    """Return what the interactor said, if it ended by itself with a code that means something."""
    if ours.outcome is not Outcome.OK:
        return None
    code = json.loads(ours.outputs[_ENDING])["exit_code"]
    if not isinstance(code, int):
        return None
    return read_code(name, code, ours, rules.protocol, arguments_for(name, rules).points)


def _ruled(
    material: Material,
    said: Conversation,
    spoken: ChannelRules,
    theirs: StepResult,
    ours: StepResult,
    word: Judged | None,
) -> Talk:
    """Decide as ICPC does: the interactor's word if it came first, else the program's own end."""
    wrong = Judged(is_right=False, score=0.0)
    if word is not None and not word.is_right and said.ended_by is Party.TRUSTED and not said.is_breach:
        return Talk(None, word, theirs, ours)
    ruling = rule_on_conversation(said, spoken, theirs, execute_limits(material.spec))
    if ruling is None and theirs.outcome in (Outcome.EXIT, Outcome.SIGNAL):
        ruling = Ruling.crashed()
    if ruling is None and word is None:
        tail = ours.stderr[-2000:].decode("utf-8", "replace")
        raise ScorerFault(f"the interactor ended with {ours.outcome.value}, {_ending(ours)}\n{tail}")
    return Talk(ruling, word if ruling is None and word is not None else wrong, theirs, ours)


def _ending(ours: StepResult) -> str:
    return ours.outputs.get(_ENDING, b"").decode("utf-8", "replace") or "without an exit code"
