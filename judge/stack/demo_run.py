"""Hands in every example submission of the catalogue over the real HTTP API and checks what became of it.

Each goes in as one of the demo's contestants, with that person's token, exactly as a team's script would.
What an earlier run of the demo already handed in is looked up instead.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

from judge.client.api import JudgeClient
from judge.client.errors import ClientError, Refused
from judge.client.records import Submission
from judge.stack.demo_people import COMPETITION_PROBLEMS, CONTEST, Person
from problems.languages import image_of
from problems.loader import Example, Package

N_UPLOADS_AT_ONCE = 12
WAIT_LIMIT_S = 900.0
UNPROCESSABLE = 422


@dataclass(slots=True)
class Trial:
    """One example submission on its way. Fields below `person` change while it runs.

    Attributes:
        package: the problem.
        example: what is handed in, and what must come of it.
        person: who hands it in.
        state: the judge's word, or `waiting`, `uploading`, `refused`, `failed`.
        submission: the last answer about it.
        refusal: code by which the judge turned the file itself away.
        trouble: what kept it from being judged.
        is_old: an earlier run handed it in.
    """

    package: Package
    example: Example
    person: Person
    state: str = "waiting"
    submission: Submission | None = None
    refusal: str = ""
    trouble: str = ""
    is_old: bool = False

    @property
    def contest(self) -> str | None:
        """Return the contest it goes to; None is the practice track."""
        return CONTEST if self.package.spec.slug in COMPETITION_PROBLEMS else None

    @property
    def note(self) -> str:
        """Return the note by which a later run finds it again."""
        return f"demo {self.package.spec.version} {self.package.sha256[:12]} {self.example.name}"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return bool(self.trouble) or (self.submission is not None and self.submission.is_final)

    @property
    def complaint(self) -> str:
        """Return what is wrong with the result; empty when it is what the example promises."""
        if self.refusal and "PE" in self.example.verdicts:
            return ""  # plainly something else, so turned away at the door: same fault, said sooner
        if self.trouble:
            return self.trouble
        found, example = self.submission, self.example
        if found is None or not found.is_final:
            return f"it is still {self.state}"
        if found.verdict not in example.verdicts:
            said = "; ".join(message.text for message in found.messages)
            return f"the verdict is {found.verdict}, not {' or '.join(example.verdicts)} ({said})"
        if example.score is not None:
            low, high = example.score
            if found.score is None or not low <= found.score <= high:
                return f"the score is {found.score}, not between {low:g} and {high:g}"
        return ""


def can_run(package: Package, example: Example, images: Collection[str]) -> bool:
    """Whether the judge has the runner image that an example needs."""
    return image_of(package.spec.image, example.format) in images


def plan(packages: Sequence[Package], people: Sequence[Person], images: Collection[str]) -> list[Trial]:
    """Give each example submission to a contestant in turn, accepted ones first so that boards fill up.

    Those that need a runner image which is not among `images` are left out.
    """
    contestants = [person for person in people if person.team]
    trials = []
    for package in packages:
        possible = [example for example in package.examples if can_run(package, example, images)]
        ordered = sorted(possible, key=lambda example: example.verdicts != ("AC",))
        trials += [
            Trial(package, example, person)
            for example, person in zip(ordered, cycle(contestants), strict=False)
        ]
    return trials


def run(url: str, trials: Sequence[Trial], on_change: Callable[[Trial], None]) -> None:
    """Hand in all trials and wait until each is judged. Troubles are noted on the trial, not raised."""
    tokens = {trial.person.username: trial.person.token for trial in trials}
    clients = {name: JudgeClient(url, token) for name, token in tokens.items()}
    try:
        earlier = {
            (name, slug): _earlier(client, slug)
            for name, client in clients.items()
            for slug in {trial.package.spec.slug for trial in trials}
        }
        pool = ThreadPoolExecutor(N_UPLOADS_AT_ONCE)
        try:
            running = [
                pool.submit(
                    _run_one,
                    clients[trial.person.username],
                    trial,
                    earlier[trial.person.username, trial.package.spec.slug].get(trial.note),
                    on_change,
                )
                for trial in trials
            ]
            for future in running:
                future.result()
        finally:  # on Ctrl-C the rest is dropped; what was handed in stays in the judge's books
            pool.shutdown(wait=False, cancel_futures=True)
    finally:
        for client in clients.values():
            client.close()


def _earlier(client: JudgeClient, slug: str) -> dict[str, Submission]:
    """Return the submissions of this person to a problem, by note; judge errors are tried again."""
    found = client.submissions(problem=slug, limit=100)
    return {str(one.raw.get("note", "")): one for one in reversed(found) if one.verdict != "JE"}


def _run_one(
    client: JudgeClient, trial: Trial, known: Submission | None, on_change: Callable[[Trial], None]
) -> None:
    """Hand in one trial, or find it, and follow it to its end."""

    def note_state(submission: Submission) -> None:
        trial.submission, trial.state = submission, submission.state
        on_change(trial)

    try:
        if known is None:
            trial.state = "uploading"
            on_change(trial)
            known = client.submit(
                trial.example.path,
                problem=trial.package.spec.slug,
                contest=trial.contest,
                format=trial.example.format,
                note=trial.note,
            )
        else:
            trial.is_old = True
        client.wait(known.id, on_change=note_state, timeout_s=WAIT_LIMIT_S)
    except Refused as error:
        trial.state, trial.trouble = "refused", str(error)
        trial.refusal = error.code if error.status == UNPROCESSABLE else ""
        on_change(trial)
    except (ClientError, OSError) as error:
        trial.state, trial.trouble = "failed", str(error) or type(error).__name__
        on_change(trial)
