"""Who takes part in the demo, and the competition they take part in; made once, found again afterwards.

Passwords are made up on the first run and kept in `home/demo-accounts.json`, readable by the owner only.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import NotFound
from judge.models import Account
from judge.models.words import ContestKind, Role
from judge.runtime import Runtime
from judge.services import accounts, contests, teams
from judge.services.phase_rules import PhaseDraft

CONTEST = "open-2026"
COMPETITION_PROBLEMS = ("caravan",)
ORGANIZER = "olivia"
# contestant → team in the competition; practice is everybody's own
CONTESTANTS = {"lin": "Gradient Ascent", "wei": "Random Forest Rangers", "mei": "Gradient Ascent"}
QUOTA_PER_DAY = 100


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demo.

    Attributes:
        username: name to sign in with.
        role: organizer or contestant.
        password: made up for this home.
        token: for the REST API.
        team: name of the team in the competition; empty for the organizer.
    """

    username: str
    role: str
    password: str
    token: str
    team: str


def prepare_people(runtime: Runtime) -> list[Person]:
    """Return the demo's accounts, teams and competition, made where they are not there yet."""
    path = runtime.settings.home / "demo-accounts.json"
    kept = _read(path)
    with runtime.database.transaction() as session:
        people = [_person(session, ORGANIZER, Role.ORGANIZER, "", kept)]
        people += [_person(session, name, Role.CONTESTANT, team, kept) for name, team in CONTESTANTS.items()]
        _join_teams(session)
        _open_competition(session)
    _write(path, people)
    return people


def _person(session: Session, username: str, role: Role, team: str, kept: dict[str, Person]) -> Person:
    """Return one account; one whose password was lost gets a new token and says so by an empty password."""
    account = accounts.find_account(session, username)
    known = kept.get(username)
    if account is None:
        password = secrets.token_urlsafe(9)
        account = accounts.register(session, username=username, password=password, role=role)
        token = accounts.create_token(session, account, name="demo").text
        return Person(username, role.value, password, token, team)
    if known is not None:
        return known
    return Person(username, role.value, "", accounts.create_token(session, account, name="demo").text, team)


def _join_teams(session: Session) -> None:
    """Make the two teams; who comes second joins by the captain's code."""
    codes: dict[str, str] = {}
    for username, name in CONTESTANTS.items():
        account = _account(session, username)
        own = {team.name: team for team in teams.list_teams(session, account)}
        if name in own:
            codes[name] = own[name].join_code or ""
        elif name in codes:
            teams.join_team(session, account, join_code=codes[name])
        else:
            codes[name] = teams.create_team(session, account, name=name).join_code or ""
        session.flush()


def _open_competition(session: Session) -> None:
    """Make the running competition and enter both teams."""
    organizer, now = _account(session, ORGANIZER), utc_now()
    try:
        contest = contests.get_contest(session, CONTEST, viewer=organizer)
    except NotFound:
        contest = contests.create_contest(
            session,
            slug=CONTEST,
            kind=ContestKind.COMPETITION,
            names={"en": "OpenModels Open 2026", "zh": "OpenModels 2026 公开赛"},
            summaries={
                "en": "Two weeks, one imbalanced table. Rows nobody has seen decide the final standings.",
                "zh": "为期两周，一张类别不均衡的数据表。最终排名使用此前无人见过的数据行。",
            },
            owner=organizer,
            phases=[
                PhaseDraft(
                    names={"en": "Open phase", "zh": "公开赛阶段"},
                    starts_at=now - timedelta(minutes=5),
                    ends_at=now + timedelta(days=14),
                    reveal_at=now + timedelta(days=14),
                    quota_per_day=QUOTA_PER_DAY,
                )
            ],
            problem_slugs=COMPETITION_PROBLEMS,
            is_published=True,
        )
    for username, name in CONTESTANTS.items():
        account = _account(session, username)
        team = next(team for team in teams.list_teams(session, account) if team.name == name)
        contests.enter(session, contest, team, account=account, now=now)


def _account(session: Session, username: str) -> Account:
    """Return an account of the demo, which exists by now."""
    account = accounts.find_account(session, username)
    if account is None:
        raise NotFound(code="account-not-found")
    return account


def _read(path: Path) -> dict[str, Person]:
    """Return the people of an earlier run."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {one["username"]: Person(**one) for one in said}


def _write(path: Path, people: list[Person]) -> None:
    """Keep the people, for the owner's eyes only."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump([asdict(person) for person in people], stream, indent=1)
    draft.replace(path)
